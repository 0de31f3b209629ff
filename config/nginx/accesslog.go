package nginx

import (
	"path"
	"slices"
	"strings"
)

// accessLog is the log of all requests in the shape of Weir's file: that of http, or of
// the first server that has one. nil where there is none.
func (im *importer) accessLog(sites []*site) *mapping {
	list := im.http.own("access_log")
	for _, st := range sites {
		list = append(list, st.scope.own("access_log")...)
	}
	var out *mapping
	for _, d := range list {
		switch {
		case d.Arg(0) == "off":
			if out != nil {
				im.say.approximate(d, "the log is one for all")
			} else {
				im.say.honour(d)
			}
		case out != nil:
			im.say.approximate(d, "the log is one for all")
		default:
			out = im.oneLog(d)
		}
	}
	return out
}

// oneLog is an access_log.
func (im *importer) oneLog(d *Directive) *mapping {
	file := d.Arg(0)
	switch {
	case strings.HasPrefix(file, "syslog:"):
		im.say.refuse(d, "the log is a file")
		return nil
	case strings.Contains(file, "$"):
		im.say.refuse(d, "the log is one file")
		return nil
	}
	switch file {
	case "/dev/stdout":
		file = "stdout"
	case "/dev/stderr":
		file = "stderr"
	default:
		file = path.Clean(im.path(file))
	}
	im.say.honour(d)
	m := &mapping{}
	m.set("file", file)
	format := "combined"
	for i, w := range d.Args[1:] {
		name, _, has := strings.Cut(w.Text, "=")
		switch {
		case !has && i == 0:
			format = im.logFormat(d, w.Text)
		case name == "if":
			im.say.approximate(d, "every request is logged")
		case name == "gzip":
			im.say.approximate(d, "the log is not compressed")
		}
	}
	m.set("format", format)
	return m
}

// logVariables are NGINX's variables of a log format in Weir's words.
var logVariables = map[string]string{
	"remote_addr": "$client", "time_local": "$time_local", "time_iso8601": "$time", "request": "$method $target $protocol",
	"status": "$status", "body_bytes_sent": "$bytes", "bytes_sent": "$bytes", "http_referer": "$referer", "http_user_agent": "$user_agent",
	"request_time": "$duration", "upstream_response_time": "$upstream_time", "upstream_header_time": "$upstream_first_byte",
	"upstream_addr": "$endpoint", "host": "$host", "http_host": "$host", "server_name": "$host", "scheme": "$scheme", "request_method": "$method",
	"request_uri": "$target", "uri": "$path", "server_protocol": "$protocol", "request_length": "$request_length", "request_id": "$trace_id",
}

// logFormat is a log_format in Weir's words.
func (im *importer) logFormat(use *Directive, name string) string {
	if name == "combined" {
		return name
	}
	for _, d := range im.http.own("log_format") {
		if d.Arg(0) != name {
			continue
		}
		im.say.honour(d)
		var raw strings.Builder
		for _, w := range d.Args[1:] {
			if w.Text == "escape=json" {
				im.say.approximate(d, "JSON has Weir's own names")
				return "json"
			}
			if !strings.HasPrefix(w.Text, "escape=") {
				raw.WriteString(w.Text)
			}
		}
		return im.logTemplate(d, parseVariables(raw.String()))
	}
	im.fault(use, "there is no log_format %s", name)
	return "combined"
}

func (im *importer) logTemplate(d *Directive, t text) string {
	var b strings.Builder
	var unknown []string
	for i, p := range t {
		switch own := logVariables[p.Variable]; {
		case p.Variable == "":
			b.WriteString(strings.ReplaceAll(p.Text, "$", "$$"))
		case own != "":
			b.WriteString(own)
			if i+1 < len(t) && goesOn(own, t[i+1]) {
				b.WriteByte(' ') // letters would be more of the name
			}
		default:
			if p.Variable != "remote_user" {
				unknown = append(unknown, "$"+p.Variable)
			}
			b.WriteByte('-')
		}
	}
	if slices.ContainsFunc(t, func(p piece) bool { return p.Variable == "request_id" }) {
		im.say.approximate(d, "$request_id is the client's trace, - where it has none")
	}
	if len(unknown) > 0 {
		im.say.approximate(d, strings.Join(unknown, " ")+" is not known: - is written")
	}
	if !strings.Contains(b.String(), "$") || strings.Contains(b.String(), "${") {
		im.say.approximate(d, "the format is combined")
		return "combined"
	}
	return b.String()
}
