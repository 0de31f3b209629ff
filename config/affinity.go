package config

import (
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Affinity keeps a client on the endpoint that answered it, within the version that
// the split chooses. One of its fields is set.
type Affinity struct {
	Cookie *AffinityCookie // Weir gives the client a cookie
	Route  []Source        // the first that is not empty names the endpoint: of requests
	Learn  *Learn          // Weir watches the service's own sessions
}

// AffinityCookie is the cookie that says a client's endpoint.
type AffinityCookie struct {
	Name     string        // a token; no default
	Path     string        // "" says none. Default /
	Domain   string        // "", which is the default, says none
	Expires  time.Duration // since the last answer, whole seconds: 0, the default, is until the browser is closed
	HTTPOnly bool          // hidden from scripts. Default true
	Secure   string        // auto (over TLS), which is the default, on or off
	SameSite string        // lax, which is the default, strict, none or off (not said)
}

// Learn remembers which endpoint has begun a session.
type Learn struct {
	Create  []Source      // the first that is not empty begins one: of answers or requests
	Lookup  []Source      // the first that is not empty names one: of requests
	Timeout time.Duration // since its last request: 1 s or more. Default 10 m
	Size    int           // sessions: 1000..10000000. Default 100000
}

// affinity reads an optional affinity.
func affinity(dst **Affinity) func(value) {
	return func(v value) {
		a := &Affinity{}
		v.object(fields{
			"cookie": may(affinityCookie(&a.Cookie)),
			"route":  may(sources(&a.Route, ofRequests)),
			"learn":  may(learn(&a.Learn)),
		})
		if v.node.Kind == yaml.MappingNode {
			checkWays(v)
		}
		*dst = a
	}
}

// checkWays refuses what does not know a client's endpoint in exactly one way.
func checkWays(v value) {
	written := v.given("cookie", "learn", "route")
	switch len(written) {
	case 0:
		v.fail("no way to know a client's endpoint: want one of cookie, learn, route")
	case 1:
	default:
		v.fail("%s together: want one of them", strings.Join(written, " and "))
	}
}

func affinityCookie(dst **AffinityCookie) func(value) {
	return func(v value) {
		c := &AffinityCookie{Path: "/", HTTPOnly: true, Secure: "auto", SameSite: "lax"}
		v.object(fields{
			"name":      need("a cookie's name", one(&c.Name, "a cookie's name", func(s string) (string, bool) { return s, token.MatchString(s) })),
			"path":      may(cookiePath(&c.Path)),
			"domain":    may(cookieDomain(&c.Domain)),
			"expires":   may(cookieAge(&c.Expires)),
			"http_only": may(boolean(&c.HTTPOnly)),
			"secure":    may(like(shape{kind: oneWord, words: []string{"auto", "on", "off", "true", "false"}}, one(&c.Secure, "auto, on or off", parseSecure))),
			"same_site": may(choice(&c.SameSite, []string{"lax", "strict", "none", "off"})),
		})
		if c.SameSite == "none" && c.Secure == "off" {
			v.fail("same_site none without secure, which browsers refuse: want secure auto or on")
		}
		*dst = c
	}
}

func cookiePath(dst *string) func(value) {
	const want = `a path that begins with "/", in ASCII without spaces and semicolons, or ""`
	return one(dst, want, func(s string) (string, bool) {
		return s, s == "" || s[0] == '/' && isVisibleASCII(s) && !strings.Contains(s, ";")
	})
}

func cookieDomain(dst *string) func(value) {
	return one(dst, `a host name, or ""`, func(s string) (string, bool) { return s, s == "" || isHost(strings.TrimPrefix(s, ".")) })
}

func parseSecure(s string) (string, bool) {
	switch s {
	case "auto", "on", "off":
		return s, true
	case "true":
		return "on", true
	case "false":
		return "off", true
	}
	return s, false
}

func cookieAge(dst *time.Duration) func(value) {
	return like(shape{kind: durations, span: atLeast(0)}, one(dst, "a duration in whole seconds with its unit, like 1h, or 0s for a session cookie", func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0 && d%time.Second == 0
	}))
}

func learn(dst **Learn) func(value) {
	return func(v value) {
		l := &Learn{Timeout: 10 * time.Minute, Size: 100_000}
		v.object(fields{
			"create":  need(ofAnswers.want, sources(&l.Create, ofAnswers)),
			"lookup":  need(ofRequests.want, sources(&l.Lookup, ofRequests)),
			"timeout": may(duration(&l.Timeout, time.Second)),
			"size":    may(integer(&l.Size, 1000, 10_000_000)),
		})
		*dst = l
	}
}

const wantRoute = "1 to 32 letters, digits, _ . : and -"

var validRoute = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,32}$`)

// endpointRoute reads the name by which affinity knows an endpoint.
func endpointRoute(dst *string) func(value) {
	return one(dst, wantRoute, func(s string) (string, bool) { return s, validRoute.MatchString(s) })
}

func (a *Affinity) document() map[string]any {
	doc := map[string]any{}
	if c := a.Cookie; c != nil {
		doc["cookie"] = map[string]any{
			"name": c.Name, "path": c.Path, "domain": c.Domain, "expires": c.Expires.String(),
			"http_only": c.HTTPOnly, "secure": c.Secure, "same_site": c.SameSite,
		}
	}
	if len(a.Route) > 0 {
		doc["route"] = list(a.Route, documentSource)
	}
	if l := a.Learn; l != nil {
		doc["learn"] = map[string]any{
			"create": list(l.Create, documentSource), "lookup": list(l.Lookup, documentSource),
			"timeout": l.Timeout.String(), "size": l.Size,
		}
	}
	return doc
}
