package nginx

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// condition is what a request must be for a route. The zero value is every request.
type condition struct {
	scheme  string            // http or https
	host    string            // one host
	methods []string          // one of them
	headers map[string]string // by name in lower case; "*" is any value
	query   map[string]string
	cookies map[string]string
}

// and is both conditions; false when no request can be both.
func (c condition) and(o condition) (condition, bool) {
	out := c
	ok := merge(&out.scheme, o.scheme) && merge(&out.host, o.host)
	switch {
	case len(c.methods) == 0:
		out.methods = o.methods
	case len(o.methods) > 0:
		out.methods = nil
		for _, m := range c.methods {
			if slices.Contains(o.methods, m) {
				out.methods = append(out.methods, m)
			}
		}
		ok = ok && len(out.methods) > 0
	}
	for _, pair := range []struct {
		dst *map[string]string
		src map[string]string
	}{{&out.headers, o.headers}, {&out.query, o.query}, {&out.cookies, o.cookies}} {
		both := maps.Clone(*pair.dst)
		for name, value := range pair.src {
			if both == nil {
				both = map[string]string{}
			}
			if had, already := both[name]; already && had != value && had != "*" {
				if value == "*" {
					value = had
				} else {
					ok = false
				}
			}
			both[name] = value
		}
		*pair.dst = both
	}
	return out, ok
}

// merge sets dst to s where one of them says something; false when they differ.
func merge(dst *string, s string) bool {
	if *dst == "" {
		*dst = s
	}
	return s == "" || *dst == s
}

// equal reports whether both are the same requests.
func (c condition) equal(o condition) bool {
	return c.scheme == o.scheme && c.host == o.host && slices.Equal(c.methods, o.methods) &&
		maps.Equal(c.headers, o.headers) && maps.Equal(c.query, o.query) && maps.Equal(c.cookies, o.cookies)
}

// anyValue is the values of expressions that every value which is there matches.
var anyValue = []string{".", ".+", "^.+", ".+$", "^.+$", "\\S", "\\S+", "^.", ".*", "^.*$"}

// cookieText is an expression for one cookie in the header of all of them, as in
// "canary=1".
var cookieText = regexp.MustCompile(`^(?:\(\^\|;\\?\s?(?:\\s)?[*+]?\)|\\b|\^)?([A-Za-z0-9_-]+)=([A-Za-z0-9_-]+)(?:\\b|\$|\(;\|\$\))?$`)

// wordText is an expression that is one word.
var wordText = regexp.MustCompile(`^\^([A-Za-z0-9_-]+)\$$`)

// conditionOf is that a variable has a value: how is "=", "~" or "~*". why says how
// it differs, or with ok false why it cannot be asked.
func conditionOf(variable, how, value string) (c condition, why string, ok bool) {
	if how != "=" {
		return conditionLike(variable, how, value)
	}
	return conditionIs(variable, value)
}

// conditionIs is that a variable has a value; "*" is any value that is not empty.
func conditionIs(variable, value string) (c condition, why string, ok bool) {
	one := func(name string) map[string]string { return map[string]string{name: value} }
	switch name := variable; {
	case strings.HasPrefix(name, "cookie_"):
		c.cookies = one(strings.TrimPrefix(name, "cookie_"))
	case strings.HasPrefix(name, "arg_"):
		c.query = one(strings.TrimPrefix(name, "arg_"))
	case name == "host" && value != "*", name == "http_host" && value != "*":
		c.host = strings.ToLower(value)
	case name == "scheme" && (value == "http" || value == "https"):
		c.scheme = value
	case name == "https" && value == "on", name == "server_port" && value == "443":
		c.scheme = "https"
	case name == "server_port" && value == "80":
		c.scheme = "http"
	case name == "request_method" && value != "*":
		c.methods = []string{value}
	case name == "http_cookie", name == "http_host":
		return c, "$" + name + " is not asked as a whole", false
	case name == "http_x_forwarded_proto", name == "http_x_forwarded_for", name == "http_x_real_ip", name == "http_forwarded":
		return c, "what a client says in $" + name + " is not asked", false
	case strings.HasPrefix(name, "http_"):
		c.headers = one(strings.ReplaceAll(strings.TrimPrefix(name, "http_"), "_", "-"))
	default:
		return c, "routes do not ask $" + name, false
	}
	return c, "", true
}

// conditionLike is that a variable matches an expression, for the few that are a
// plain comparison.
func conditionLike(variable, how, pattern string) (c condition, why string, ok bool) {
	if slices.Contains(anyValue, pattern) {
		return conditionIs(variable, "*")
	}
	if variable == "http_cookie" {
		m := cookieText.FindStringSubmatch(pattern)
		if m == nil {
			return c, "expressions over all cookies are not asked", false
		}
		c.cookies = map[string]string{m[1]: m[2]}
		return c, "the cookie " + m[1] + " is compared, as a whole", true
	}
	if variable == "request_method" {
		words := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.Trim(pattern, "^$"), "("), ")"), "|")
		if !slices.ContainsFunc(words, func(w string) bool { return w == "" || strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" }) {
			slices.Sort(words)
			c.methods = words
			return c, "", true
		}
	}
	if m := wordText.FindStringSubmatch(pattern); m != nil && variable != "request_method" {
		c, why, ok = conditionIs(variable, m[1])
		if ok && how == "~*" {
			why = "compared as written, not in any case"
		}
		return c, why, ok
	}
	return c, "expressions over $" + variable + " are not asked", false
}
