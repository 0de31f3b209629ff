package control

import (
	"cmp"
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
	c := &checks{config: a, secure: traffic, headers: httpHeaders(a.Headers), match: match(&a.Match)}
	if a.TLS != nil {
		switch {
		case !*a.TLS:
			c.secure = nil
		case traffic == nil:
			c.secure = &tls.Config{MinVersion: tls.VersionTLS12}
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

// probe is how the endpoint of that address is asked; name is what it is called, ""
// its address; passed gets the heads of answers that passed.
func (c *checks) probe(address, name string, passed func(http.Header)) health.Probe {
	a, secure := c.config, called(c.secure, name)
	address, name = c.port(address), c.port(name)
	if a.TCP != nil {
		return health.NewTCPProbe(health.TCPOptions{Address: address, Timeout: a.Timeout, TLS: secure, Send: a.TCP.Send, Expect: a.TCP.Expect})
	}
	return health.NewHTTPProbe(health.HTTPOptions{
		Address: address, Path: a.Path, Method: a.Method, Host: cmp.Or(a.Host, name), Headers: c.headers,
		Timeout: a.Timeout, TLS: secure, Status: statusSet(a.Status), Match: c.match, Passed: passed,
	})
}

// port is the address with the port of the checks.
func (c *checks) port(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil && c.config.Port > 0 {
		return net.JoinHostPort(host, strconv.Itoa(c.config.Port))
	}
	return address
}

// called is how an endpoint of that name is spoken to, if c does not say who it is.
func called(c *tls.Config, name string) *tls.Config {
	if c == nil || c.ServerName != "" || name == "" {
		return c
	}
	c = c.Clone()
	c.ServerName, _, _ = net.SplitHostPort(name)
	return c
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
