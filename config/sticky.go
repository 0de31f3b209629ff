package config

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Sticky keeps each user in the version that he has met, until a split moves him. One of
// Cookie, Header and IP says what users are known by.
type Sticky struct {
	Cookie string        // name of a cookie that Weir gives; "": none
	MaxAge time.Duration // of the cookie, in whole seconds: 0 is until the browser is closed. Default 24 h
	Path   string        // of the cookie; "" says none. Default /
	Domain string        // of the cookie; "", which is the default, says none
	Header string        // name of a header that says the user, in lower case; "": none
	IP     bool          // the client's address, an IPv6 one with its /64
}

// sticky reads an optional Sticky.
func sticky(dst **Sticky) func(value) {
	return func(v value) {
		s := &Sticky{MaxAge: 24 * time.Hour, Path: "/"}
		var of []value // what only a cookie has
		only := func(read func(value)) field {
			return may(func(v value) {
				of = append(of, v)
				read(v)
			})
		}
		v.object(fields{
			"cookie":  may(one(&s.Cookie, "a cookie's name", func(s string) (string, bool) { return s, token.MatchString(s) })),
			"max_age": only(cookieAge(&s.MaxAge)),
			"path":    only(cookiePath(&s.Path)),
			"domain":  only(cookieDomain(&s.Domain)),
			"header":  may(one(&s.Header, wantClientHeader, parseClientHeader)),
			"ip": may(like(shape{kind: oneWord, words: []string{"true", "on"}}, one(&s.IP, "true, or another way to know a user", func(s string) (bool, bool) {
				return true, s == "true" || s == "on"
			}))),
		})
		*dst = s
		if v.node.Kind != yaml.MappingNode {
			return // that is the problem
		}
		var ways []string
		for _, way := range []string{"cookie", "header", "ip"} {
			if v.has(way) {
				ways = append(ways, way)
			}
		}
		switch {
		case len(ways) == 0:
			v.fail("no way to know a user: want one of cookie, header, ip")
		case len(ways) > 1:
			v.fail("%s together: want one of them", strings.Join(ways, " and "))
		case ways[0] != "cookie":
			for _, v := range of {
				v.failKey("of no cookie: want it with cookie")
			}
		}
	}
}

// checkCookies refuses one cookie for two things.
func (u *Upstream) checkCookies(v value) {
	if s, a := u.Sticky, u.Affinity; s != nil && s.Cookie != "" && a != nil && a.Cookie != nil && strings.EqualFold(s.Cookie, a.Cookie.Name) {
		v.fail("the cookie %s is that of affinity too: want another name", Show(s.Cookie))
	}
}

func (s *Sticky) document() map[string]any {
	switch {
	case s.Cookie != "":
		return map[string]any{"cookie": s.Cookie, "max_age": s.MaxAge.String(), "path": s.Path, "domain": s.Domain}
	case s.Header != "":
		return map[string]any{"header": s.Header}
	}
	return map[string]any{"ip": true}
}
