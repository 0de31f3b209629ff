package nginx

import (
	"regexp"
	"slices"
	"strings"
)

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)

// hopHeaders are of one hop only: Weir says them as they must be.
var hopHeaders = []string{"connection", "upgrade", "keep-alive", "te", "trailer", "expect", "proxy-connection", "transfer-encoding", "content-length", "http2-settings"}

// ours are the headers that Weir says itself, with the values that say the same.
var ours = map[string][]string{
	"x-forwarded-for":   {"$proxy_add_x_forwarded_for", "$remote_addr", "$http_x_forwarded_for"},
	"x-forwarded-proto": {"$scheme", "$http_x_forwarded_proto"},
	"x-forwarded-host":  {"$host", "$http_host", "$http_x_forwarded_host", "$host:$server_port"},
	"forwarded":         nil,
	"traceparent":       {"$http_traceparent"},
	"tracestate":        {"$http_tracestate"},
}

// requestEdits are the headers that a location changes in requests, and what the
// endpoints get as Host. proxyHost is what proxy_pass names.
func (im *importer) requestEdits(s *scope, vars variables, serverName, proxyHost string) (e edits, host string) {
	proxyHost = literal(proxyHost)
	host = proxyHost
	for _, d := range s.all("proxy_set_header") {
		name := d.Arg(0)
		lower := strings.ToLower(name)
		if lower == "host" {
			host = im.hostPolicy(d, vars, serverName, proxyHost)
			continue
		}
		im.setRequest(d, &e, lower, vars, serverName, proxyHost)
	}
	return e, host
}

// literal is a host that is not one of the words for hosts in Weir's file.
func literal(host string) string {
	if host == "preserve" || host == "upstream" {
		return host + ":80"
	}
	return host
}

// setRequest is one proxy_set_header.
func (im *importer) setRequest(d *Directive, e *edits, lower string, vars variables, serverName, proxyHost string) {
	name, raw := d.Arg(0), d.Arg(1)
	same, known := ours[lower]
	how := "Weir says it itself"
	if strings.HasPrefix(lower, "trace") {
		how = "it is passed on as it is"
	}
	switch {
	case slices.Contains(hopHeaders, lower):
		im.say.note(d, "Weir says it as it must be")
		return
	case known && slices.Contains(same, raw):
		im.say.note(d, how)
		return
	case known:
		im.say.refuse(d, how+", whatever is said here")
		return
	case !headerName.MatchString(name):
		im.say.refuse(d, `names have letters, digits and "-" only`)
		return
	case strings.EqualFold(raw, "$http_"+strings.ReplaceAll(lower, "-", "_")):
		im.say.note(d, "it is passed on as it is")
		return
	case raw == "":
		im.say.honour(d)
		e.drop(name)
		return
	}
	t, why := im.resolve(raw, vars, serverName)
	if why != "" {
		im.withhold(d, e, why)
		return
	}
	value, why, ok := translate(named(t, "proxy_host", proxyHost), attemptVariables)
	switch {
	case !ok:
		im.withhold(d, e, why)
		return
	case !isFieldValue(value):
		im.withhold(d, e, "values are visible ASCII, with spaces within")
		return
	case why != "":
		im.say.approximate(d, why)
	}
	im.say.honour(d)
	if !put(&e.set, name, value) {
		im.say.approximate(d, "a header is set once, to the last value")
	}
}

// withhold refuses a header whose value cannot be said. NGINX would have put its own
// value over the client's, and an endpoint may believe what stands there (who the client's
// certificate is for, say): so the client's does not pass.
func (im *importer) withhold(d *Directive, e *edits, why string) {
	im.say.refuse(d, why+"; endpoints do not get it, nor what a client sends as it")
	e.drop(d.Arg(0))
}

// named is t with a variable replaced by a text.
func named(t text, variable, value string) text {
	var parts []text
	for _, p := range t {
		if p.Variable == variable {
			p = piece{Text: value}
		}
		parts = append(parts, text{p})
	}
	return concat(parts...)
}

func isFieldValue(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c >= 0x7f })
}

// hostPolicy is what endpoints get as Host.
func (im *importer) hostPolicy(d *Directive, vars variables, serverName, proxyHost string) string {
	im.say.honour(d)
	switch d.Arg(1) {
	case "$http_host":
		return "preserve"
	case "$host", "$host:$server_port", "$http_host:$server_port", "$host:$proxy_port":
		im.say.approximate(d, "the client's, as it was sent")
		return "preserve"
	case "$proxy_host", "$proxy_host:$proxy_port":
		return proxyHost
	}
	t, why := im.resolve(d.Arg(1), vars, serverName)
	if why == "" {
		if s, ok := named(t, "proxy_host", proxyHost).constant(); ok && s != "" {
			return literal(s)
		}
		if only := t.only(); only == "host" || only == "http_host" {
			im.say.approximate(d, "the client's, as it was sent")
			return "preserve"
		}
		why = "Host is the client's, or fixed"
	}
	im.say.refuseRouting(d, why)
	return "preserve"
}

// responseEdits are the headers that a location changes in answers; status is that
// of an own answer, 0 for those of endpoints.
func (im *importer) responseEdits(s *scope, status int) edits {
	var e edits
	for _, d := range s.all("add_header") {
		name, value := d.Arg(0), d.Arg(1)
		always := d.Arg(2) == "always"
		if len(d.Args) == 3 && !always {
			im.fault(d, "%q: want always, or nothing", d.Arg(2))
		}
		if status != 0 && !always && !slices.Contains([]int{200, 201, 204, 206, 301, 302, 303, 304, 307, 308}, status) {
			im.say.honour(d)
			continue
		}
		known := attemptVariables
		if status != 0 {
			known = ownVariables
		}
		if value == "" {
			im.say.honour(d)
			continue
		}
		out, why, ok := im.plainText(value, known)
		lower := strings.ToLower(name)
		switch {
		case !ok:
			im.say.refuse(d, why)
			continue
		case !headerName.MatchString(name) || slices.Contains(hopHeaders, lower) || ours[lower] != nil || !isFieldValue(out):
			im.say.refuse(d, "this header is not edited")
			continue
		case status == 0 && !always:
			im.say.approximate(d, "in answers of every status")
		case status == 0:
			im.say.approximate(d, "not in error answers of Weir itself")
		case why != "":
			im.say.approximate(d, why)
		}
		im.say.honour(d)
		if !put(&e.append, name, out) {
			im.say.approximate(d, "a header is added once, with the last value")
		}
	}
	if status != 0 {
		return e
	}
	for _, d := range s.all("proxy_hide_header") {
		if !headerName.MatchString(d.Arg(0)) || slices.Contains(hopHeaders, strings.ToLower(d.Arg(0))) {
			im.say.refuse(d, "this header is not edited")
			continue
		}
		im.say.honour(d)
		e.remove = append(e.remove, d.Arg(0))
	}
	for _, d := range s.all("proxy_pass_header") {
		im.say.honour(d)
	}
	return e
}
