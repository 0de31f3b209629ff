package nginx

import (
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// writeAffinity writes NGINX's sticky, which binds a client to a server.
func (im *importer) writeAffinity(b *block, out *mapping) {
	d := b.by["sticky"]
	if d == nil {
		return
	}
	im.say.honour(d)
	a := &mapping{}
	switch d.Arg(0) {
	case "cookie":
		a.set("cookie", im.stickyCookie(d))
	case "route":
		a.set("route", im.stickyVariables(d, d.Args[1:], "cookie_", "arg_", "http_"))
	case "learn":
		a.set("learn", im.stickyLearn(d))
	default:
		im.fault(d, "%q: want cookie, route or learn", d.Arg(0))
	}
	out.set("affinity", a)
}

func (im *importer) stickyCookie(d *Directive) *mapping {
	if len(d.Args) < 2 {
		im.fault(d, "want the name of a cookie")
		return nil
	}
	secure, httpOnly, sameSite, path := "off", "off", "off", ""
	c := &mapping{}
	c.set("name", d.Arg(1))
	for _, w := range d.Args[2:] {
		name, value, _ := strings.Cut(w.Text, "=")
		if strings.Contains(value, "$") {
			im.say.refuse(d, name+" is fixed: want it without variables")
			continue
		}
		switch name {
		case "expires":
			t, ok := parseTime(value)
			if value == "max" {
				t, ok = 10*365*24*time.Hour, true
				im.say.approximate(d, "max is ten years")
			}
			if !ok {
				im.fault(d, "%q: want a time, or max", value)
			}
			c.set("expires", config.ShowDuration(t))
		case "domain":
			c.set("domain", value)
		case "path":
			path = value
		case "httponly":
			httpOnly = "on"
		case "secure":
			secure = "on"
		case "samesite":
			sameSite = strings.ToLower(value)
		default:
			im.fault(d, "%q: want expires=, domain=, path=, httponly, secure or samesite=", w.Text)
		}
	}
	if sameSite == "none" && secure == "off" {
		im.say.approximate(d, "browsers want secure with samesite=none")
		secure = "auto"
	}
	c.set("path", path)
	c.set("http_only", httpOnly)
	c.set("secure", secure)
	c.set("same_site", sameSite)
	return c
}

// stickyVariables are variables as Weir's file has them; families are the beginnings
// of the names that it knows.
func (im *importer) stickyVariables(d *Directive, words []Word, families ...string) []any {
	var out []any
	for _, w := range words {
		name := parseVariables(w.Text).only()
		own := ""
		for _, family := range families {
			if rest, ok := strings.CutPrefix(name, family); ok && own == "" {
				own = "$" + map[string]string{
					"cookie_": "cookie_", "arg_": "query_", "http_": "header_",
					"upstream_cookie_": "upstream_cookie_", "upstream_http_": "upstream_header_",
				}[family] + variableRest(family, rest)
			}
		}
		if own == "" {
			im.say.refuseRouting(d, w.Text+" names no cookie, parameter or header")
			continue
		}
		out = append(out, own)
	}
	return out
}

// variableRest is the end of a variable's name: headers have dashes.
func variableRest(family, rest string) string {
	if strings.HasSuffix(family, "http_") {
		return strings.ReplaceAll(rest, "_", "-")
	}
	return rest
}

func (im *importer) stickyLearn(d *Directive) *mapping {
	l := &mapping{}
	var create, lookup []any
	timeout, size := 10*time.Minute, 0
	for _, w := range d.Args[1:] {
		name, value, _ := strings.Cut(w.Text, "=")
		one := []Word{{Place: w.Place, Text: value}}
		switch name {
		case "create":
			create = append(create, im.stickyVariables(d, one, "upstream_cookie_", "upstream_http_", "cookie_", "arg_", "http_")...)
		case "lookup":
			lookup = append(lookup, im.stickyVariables(d, one, "cookie_", "arg_", "http_")...)
		case "zone":
			_, bytes, _ := strings.Cut(value, ":")
			n, ok := parseSize(bytes)
			if !ok && bytes != "" {
				im.fault(d, "%q: want a size", bytes)
			}
			size = int(n / (1 << 20) * 4000)
		case "timeout":
			var ok bool
			if timeout, ok = parseTime(value); !ok {
				im.fault(d, "%q: want a time", value)
			}
		case "header":
			im.say.note(d, "a session begins with an answer's head")
		case "sync":
			im.say.approximate(d, "sessions are of this process alone")
		default:
			im.fault(d, "%q: want create=, lookup=, zone=, timeout=, header or sync", w.Text)
		}
	}
	if len(create) == 0 || len(lookup) == 0 {
		if !im.say[d].Fatal {
			im.fault(d, "want create= and lookup=")
		}
		return nil
	}
	l.set("create", create)
	l.set("lookup", lookup)
	l.set("timeout", config.ShowDuration(max(timeout, time.Second)))
	if size > 0 {
		l.set("size", strconv.Itoa(min(max(size, 1000), 10_000_000)))
	}
	return l
}
