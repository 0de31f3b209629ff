package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// writeHealth writes how an upstream's endpoints are watched: by its own requests as
// NGINX does, and by health_check.
func (im *importer) writeHealth(m *made, out *mapping) {
	h := &mapping{}
	p := &mapping{}
	p.set("mode", "nginx")
	p.set("max_fails", strconv.Itoa(standardFails))
	p.set("fail_timeout", config.ShowDuration(standardTimeout))
	h.set("passive", p)
	if d := m.pass.check; d != nil {
		h.set("active", im.activeCheck(d, m))
	}
	out.set("health", h)
}

// activeCheck is a health_check in the shape of Weir's file.
func (im *importer) activeCheck(d *Directive, m *made) *mapping {
	im.say.honour(d)
	path, match, mandatory := "/", "", "false"
	interval, jitter := 5*time.Second, time.Duration(0)
	rise, fall, port := 1, 1, 0
	for _, w := range d.Args {
		name, value, _ := strings.Cut(w.Text, "=")
		ok := true
		switch name {
		case "interval":
			interval, ok = parseTime(value)
		case "jitter":
			jitter, ok = parseTime(value)
		case "passes":
			ok = number(&rise, value, 1)
		case "fails":
			ok = number(&fall, value, 1)
		case "port":
			ok = number(&port, value, 1)
		case "uri":
			path = value
		case "match":
			match = value
		case "mandatory":
			mandatory = "true"
		case "persistent":
		case "keepalive_time":
			im.say.approximate(d, "each check has a connection of its own")
		case "type":
			im.say.refuseRouting(d, "checks are in HTTP/1.1")
		default:
			ok = false
		}
		if !ok {
			im.fault(d, "%q: want a parameter of health_check with a value that it allows", w.Text)
		}
	}
	a := &mapping{}
	a.set("path", path)
	if m.pass.checkHost != "" {
		a.set("host", m.pass.checkHost)
	}
	if port > 0 {
		a.set("port", strconv.Itoa(port))
	}
	a.set("interval", config.ShowDuration(max(interval, 10*time.Millisecond)))
	share := min(100*float64(jitter)/float64(max(interval, 1)), 50)
	a.set("jitter", percentText(share))
	a.set("timeout", config.ShowDuration(max(m.pass.read, time.Millisecond)))
	a.set("rise", strconv.Itoa(min(rise, 100)))
	a.set("fall", strconv.Itoa(min(fall, 100)))
	a.set("mandatory", mandatory)
	status, rules := "200-399", (*mapping)(nil)
	if match != "" {
		block := im.matches[match]
		if block == nil {
			im.fault(d, "there is no match %s", match)
			return a
		}
		status, rules = im.match(block)
	}
	a.set("status", status)
	a.set("match", rules)
	return a
}

// checkHost is what checks say as Host: what requests do, and where that is the
// client's, the server's name, which is what $host is when there is no client.
func (im *importer) checkHost(p passing, st *site) string {
	switch {
	case p.host != "preserve":
		return p.host
	case slices.Contains(st.hosts, strings.ToLower(st.first)):
		return st.first
	}
	im.say.approximate(p.check, "Host is the address that is asked")
	return ""
}

// match is a match block: the statuses that pass, and what else an answer must be.
func (im *importer) match(d *Directive) (status string, rules *mapping) {
	im.say.honour(d)
	status = "100-599"
	var headers []any
	body := &mapping{}
	for _, line := range d.Block {
		words := make([]string, len(line.Args))
		for i := range line.Args {
			words[i] = line.Arg(i)
		}
		text := strings.Join(words, " ")
		im.say.honour(line)
		switch {
		case line.Name == "status" && len(words) > 0:
			set, ok := statusSet(words)
			if !ok {
				im.fault(line, "want statuses like 200 or 200-399, or ! before them")
				continue
			}
			status = set
		case line.Name == "header" && len(words) > 0:
			headers = append(headers, strings.Replace(text, "! ", "!", 1))
		case line.Name == "body" && len(words) == 2 && words[0] == "~":
			body.set("matches", words[1])
		case line.Name == "body" && len(words) == 2 && words[0] == "!~":
			body.set("not_matches", words[1])
		case line.Name == "send" || line.Name == "expect":
			im.say.refuseRouting(line, "is of checks in stream: want status, header or body")
		default:
			im.say.refuseRouting(line, "checks do not ask this")
		}
	}
	rules = &mapping{}
	rules.set("headers", headers)
	if len(body.entries) > 0 {
		body.set("limit", "256KiB") // as much of it NGINX reads
	}
	rules.set("body", body)
	return status, rules
}

// statusSet is statuses as Weir's file has them; "!" before them is all others.
func statusSet(words []string) (string, bool) {
	not := words[0] == "!"
	if not {
		words = words[1:]
	}
	var in [600]bool
	for _, w := range words {
		first, last, ranged := strings.Cut(w, "-")
		if !ranged {
			last = first
		}
		var from, to int
		if !number(&from, first, 100) || !number(&to, last, from) || to > 599 {
			return "", false
		}
		for i := from; i <= to; i++ {
			in[i] = true
		}
	}
	var parts []string
	for i := 100; i < 600; i++ {
		from := i
		for i < 600 && in[i] != not {
			i++
		}
		switch {
		case i == from+1:
			parts = append(parts, strconv.Itoa(from))
		case i > from:
			parts = append(parts, fmt.Sprintf("%d-%d", from, i-1))
		}
	}
	return strings.Join(parts, ","), len(words) > 0 && len(parts) > 0
}
