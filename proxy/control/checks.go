package control

import (
	"crypto/tls"
	"net"
	"net/http"
	"regexp"
	"strconv"

	"weir/config"
	"weir/health"
)

// checks is the file's active check of an upstream, made ready once for all of its
// endpoints.
type checks struct {
	config  *config.ActiveCheck
	secure  *tls.Config // nil: in clear
	headers http.Header
	match   health.Match
}

// newChecks returns nil when there are no active checks; traffic is how requests
// speak TLS to the endpoints, nil when they do not.
func newChecks(a *config.ActiveCheck, traffic *tls.Config) *checks {
	if a == nil {
		return nil
	}
	c := &checks{config: a, secure: traffic, match: match(&a.Match)}
	if a.TLS != nil {
		switch {
		case !*a.TLS:
			c.secure = nil
		case traffic == nil:
			c.secure = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	if len(a.Headers) > 0 {
		c.headers = http.Header{}
		for _, h := range a.Headers {
			c.headers.Set(h.Name, h.Value)
		}
	}
	return c
}

// awaited reports whether a new endpoint gets nothing before its checks have passed.
func awaited(a *config.ActiveCheck) bool { return a != nil && a.Mandatory }

func (c *checks) options() health.CheckOptions {
	a := c.config
	return health.CheckOptions{
		Interval: a.Interval, IntervalDown: a.IntervalDown, Jitter: a.Jitter, Timeout: a.Timeout,
		Rise: a.Rise, Fall: a.Fall, Optional: !a.Mandatory,
	}
}

// probe is how the endpoint of that address is asked.
func (c *checks) probe(address string) health.Probe {
	a := c.config
	if host, _, err := net.SplitHostPort(address); err == nil && a.Port > 0 {
		address = net.JoinHostPort(host, strconv.Itoa(a.Port))
	}
	if a.TCP != nil {
		return health.NewTCPProbe(health.TCPOptions{Address: address, Timeout: a.Timeout, TLS: c.secure, Send: a.TCP.Send, Expect: a.TCP.Expect})
	}
	return health.NewHTTPProbe(health.HTTPOptions{
		Address: address, Path: a.Path, Method: a.Method, Host: a.Host, Headers: c.headers,
		Timeout: a.Timeout, TLS: c.secure, Status: statusSet(a.Status), Match: c.match,
	})
}

var headerOps = map[string]health.HeaderOp{
	"": health.HeaderPresent, "!": health.HeaderAbsent,
	"=": health.HeaderIs, "!=": health.HeaderIsNot, "~": health.HeaderMatches, "!~": health.HeaderMatchesNot,
}

// match is the file's rules as checks see them. Loading has compiled the expressions
// before.
func match(m *config.Match) health.Match {
	var out health.Match
	for _, r := range m.Headers {
		rule := health.HeaderRule{Name: r.Name, Op: headerOps[r.Op], Value: r.Value}
		if rule.Op == health.HeaderMatches || rule.Op == health.HeaderMatchesNot {
			rule.Expr = regexp.MustCompile(r.Value)
		}
		out.Headers = append(out.Headers, rule)
	}
	if b := m.Body; b != nil {
		out.Body = health.BodyRule{Contains: b.Contains, Matches: compiled(b.Matches), NotMatches: compiled(b.NotMatches), Limit: int(b.Limit)}
	}
	return out
}

// compiled is the expression s; nil: there is none.
func compiled(s string) *regexp.Regexp {
	if s == "" {
		return nil
	}
	return regexp.MustCompile(s)
}
