package nginx

import (
	"slices"
	"strings"
	"time"
)

// passing is how a location passes requests to an upstream: what Weir says of the
// upstream. Two locations that pass alike share one.
type passing struct {
	name      string // of the upstream, or host:port
	shares    string // of versions, see versionsOf; "" for one
	secure    secured
	host      string // see Upstream.Host of package config
	connect   time.Duration
	read      time.Duration
	send      time.Duration
	retry     retrying
	buffering bool       // of requests
	check     *Directive // health_check
	checkHost string     // what its requests say as Host; "" is the address that is asked
}

// secured is TLS to endpoints. The zero value is none.
type secured struct {
	on         bool
	serverName string
	ca         string
	cert, key  string
	verify     bool
}

// retrying is proxy_next_upstream and its like.
type retrying struct {
	tries   int
	on      string // words of Weir, with commas
	timeout time.Duration
	any     bool // also what is not idempotent
}

// duration reads a directive's time in the scope, standard where there is none.
func (im *importer) duration(s *scope, name string, standard time.Duration) time.Duration {
	return parsed(im, s, name, standard, parseTime, "a time, like 60s")
}

// size reads a directive's size in the scope, standard where there is none.
func (im *importer) size(s *scope, name string, standard int64) int64 {
	return parsed(im, s, name, standard, parseSize, "a size, like 10m")
}

// parsed reads the first word of a directive in the scope.
func parsed[T any](im *importer, s *scope, name string, standard T, parse func(string) (T, bool), want string) T {
	d := s.find(name)
	if d == nil {
		return standard
	}
	im.say.honour(d)
	v, ok := parse(d.Arg(0))
	if !ok {
		im.fault(d, "%q: want %s", d.Arg(0), want)
	}
	return v
}

// isOn reads a directive that is on or off in the scope.
func (im *importer) isOn(s *scope, name string, standard bool) bool {
	d := s.find(name)
	if d == nil {
		return standard
	}
	im.say.honour(d)
	return strings.EqualFold(d.Arg(0), "on")
}

// passing reads how a location passes requests on; host is what its proxy_pass names.
func (im *importer) passing(s *scope, host string, secure bool) passing {
	p := passing{
		connect:   atLeastMillisecond(im.duration(s, "proxy_connect_timeout", time.Minute)),
		read:      atLeastMillisecond(im.duration(s, "proxy_read_timeout", time.Minute)),
		send:      atLeastMillisecond(im.duration(s, "proxy_send_timeout", time.Minute)),
		retry:     im.retrying(s),
		buffering: im.isOn(s, "proxy_request_buffering", true),
	}
	if d := s.find("proxy_buffering"); d != nil {
		if im.isOn(s, "proxy_buffering", true) {
			im.say.approximate(d, "answers are streamed")
		}
	}
	if d := s.find("proxy_send_timeout"); d != nil && p.send != p.read {
		im.say.approximate(d, "silence within a body has one bound for both directions, the longer one of proxy_send_timeout and proxy_read_timeout")
	}
	if d := s.find("proxy_http_version"); d != nil {
		switch d.Arg(0) {
		case "1.1":
			im.say.honour(d)
		default:
			im.say.approximate(d, "endpoints are spoken to in HTTP/1.1")
		}
	}
	if d := s.find("proxy_ignore_client_abort"); d != nil && im.isOn(s, d.Name, false) {
		im.say.approximate(d, "a request ends when its client leaves")
	}
	if d := s.find("proxy_redirect"); d != nil {
		if d.Arg(0) == "off" {
			im.say.honour(d)
		} else {
			im.say.approximate(d, "Location goes to the client as the endpoint wrote it")
		}
	}
	if d := s.find("proxy_next_upstream_timeout"); d != nil {
		im.say.honour(d)
	}
	for _, name := range []string{"proxy_method", "proxy_set_body", "proxy_pass_request_body", "proxy_pass_request_headers"} {
		if d := s.find(name); d != nil && !strings.EqualFold(d.Arg(0), "on") {
			im.say.refuseRouting(d, "requests are passed on as they are")
		}
	}
	if secure {
		p.secure = im.secured(s, host)
	}
	if list := s.own("health_check"); len(list) > 0 {
		p.check = list[0]
		for _, more := range list[1:] {
			im.say.approximate(more, "an upstream has one check")
		}
	}
	return p
}

func atLeastMillisecond(d time.Duration) time.Duration { return max(d, time.Millisecond) }

// retryWords are what Weir repeats a request on, in the order in which it is written.
var retryWords = []string{"connect", "timeout", "reset", "invalid_answer", "403", "404", "429", "500", "502", "503", "504"}

// retrying reads when a request is passed to another endpoint.
func (im *importer) retrying(s *scope) retrying {
	r := retrying{tries: 10, timeout: im.duration(s, "proxy_next_upstream_timeout", 0)}
	on := []string{"connect", "timeout", "reset"}
	if d := s.find("proxy_next_upstream"); d != nil {
		im.say.honour(d)
		on = nil
		for _, w := range d.Args {
			switch word, status := w.Text, strings.TrimPrefix(w.Text, "http_"); {
			case word == "error":
				on = append(on, "connect", "reset")
			case word == "timeout":
				on = append(on, "timeout")
			case word == "invalid_header":
				on = append(on, "invalid_answer")
			case slices.Contains([]string{"500", "502", "503", "504", "403", "404", "429"}, status) && status != word:
				on = append(on, status)
			case word == "non_idempotent":
				r.any = true
			case word == "off":
				r.tries = 1
			case word == "updating", word == "denied":
				im.say.approximate(d, word+" does not happen here")
			default:
				im.fault(d, "%q: want error, timeout, invalid_header, http_500 and the like, non_idempotent or off", word)
			}
		}
	}
	slices.SortFunc(on, func(a, b string) int { return slices.Index(retryWords, a) - slices.Index(retryWords, b) })
	r.on = strings.Join(slices.Compact(on), ",")
	if d := s.find("proxy_next_upstream_tries"); d != nil {
		im.say.honour(d)
		var n int
		if !number(&n, d.Arg(0), 0) {
			im.fault(d, "%q: want a whole number", d.Arg(0))
		}
		if n > 10 {
			im.say.approximate(d, "10 tries are the most")
		}
		if r.tries > 1 && n > 0 {
			r.tries = min(n, 10)
		}
	}
	return r
}

// secured reads TLS to endpoints.
func (im *importer) secured(s *scope, host string) secured {
	t := secured{on: true, verify: im.isOn(s, "proxy_ssl_verify", false)}
	file := func(name string) string {
		d := s.find(name)
		switch {
		case d == nil || d.Arg(0) == "":
			return ""
		case strings.Contains(d.Arg(0), "$") || strings.Contains(d.Arg(0), ":"):
			im.say.refuseRouting(d, "want a file")
			return ""
		}
		im.say.honour(d)
		return im.path(d.Arg(0))
	}
	t.ca, t.cert, t.key = file("proxy_ssl_trusted_certificate"), file("proxy_ssl_certificate"), file("proxy_ssl_certificate_key")
	name := host
	if d := s.find("proxy_ssl_name"); d != nil {
		im.say.honour(d)
		name = d.Arg(0)
		if parseVariables(name).only() == "proxy_host" {
			name = host
		}
		if constant, ok := parseVariables(name).constant(); !ok || constant == "" {
			im.say.refuse(d, "the name is fixed: want one without variables")
			name = host
		}
	}
	named := im.isOn(s, "proxy_ssl_server_name", false)
	if d := s.find("proxy_ssl_server_name"); d != nil && !named && !t.verify {
		im.say.approximate(d, "the endpoint's name is said in the handshake")
	}
	if h, _, ok := splitAddress(name); ok && (t.verify || named || s.find("proxy_ssl_name") != nil) {
		t.serverName = h
	}
	return t
}
