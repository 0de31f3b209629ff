package nginx

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// block is an upstream as NGINX has it.
type block struct {
	d       *Directive
	name    string
	servers []*serverLine

	method *Directive            // nil: round robin
	by     map[string]*Directive // all directives but servers, by name: the last one counts
	used   bool
}

// serverLine is one server of an upstream.
type serverLine struct {
	d           *Directive
	host, port  string // an IPv6 host without brackets
	weight      int
	maxConns    int
	maxFails    int
	failTimeout time.Duration
	slowStart   time.Duration
	state       string // "", down or drain
	backup      bool
	resolve     bool
	service     string
	route       string
}

// methods are the directives that choose how servers take turns.
var methods = []string{"least_conn", "ip_hash", "hash", "random", "least_time"}

// readUpstream reads an upstream block.
func (im *importer) readUpstream(d *Directive) *block {
	b := &block{d: d, name: d.Arg(0), by: map[string]*Directive{}}
	for _, line := range d.Block {
		if line.Name == "server" {
			if s := im.readServer(line); s != nil {
				b.servers = append(b.servers, s)
			}
			continue
		}
		if slices.Contains(methods, line.Name) {
			if b.method != nil {
				im.say.approximate(b.method, "another method stands behind it")
			}
			b.method = line
		}
		b.by[line.Name] = line
	}
	im.checkBlock(b)
	return b
}

// checkBlock records what NGINX refuses of a block as a whole.
func (im *importer) checkBlock(b *block) {
	lines, backups := 0, 0
	for _, d := range b.d.Block {
		if d.Name == "server" {
			lines++
			if slices.ContainsFunc(d.Args[1:], func(w Word) bool { return w.Text == "backup" }) {
				backups++
			}
		}
	}
	switch {
	case lines == 0 && b.by["state"] == nil && !im.say.ends(b.d.Block):
		im.fault(b.d, "no servers are in it: want one or more")
	case lines > 0 && lines == backups:
		im.fault(b.d, "all servers in it are backup: want one without it")
	}
	for _, s := range b.servers {
		if s.backup && b.method != nil && slices.Contains([]string{"hash", "ip_hash", "random"}, b.method.Name) {
			why := "backup with " + b.method.Name + ": want it without one of them"
			if slices.Index(b.d.Block, b.method) < slices.Index(b.d.Block, s.d) {
				im.fault(s.d, "%s", why)
			} else { // which NGINX takes in this order
				im.say.refuseRouting(s.d, why)
			}
		}
		if s.resolve && b.by["zone"] == nil {
			im.fault(s.d, "resolve in an upstream without a zone: want zone %s 64k; beside it", b.name)
		}
	}
}

// readServer reads a server's line, nil where it cannot be an endpoint.
func (im *importer) readServer(d *Directive) *serverLine {
	s := &serverLine{d: d, weight: 1, maxFails: 1, failTimeout: 10 * time.Second}
	for _, w := range d.Args[1:] {
		if want := s.parameter(w.Text); want != "" {
			im.fault(d, "%q: want %s", w.Text, want)
			return nil
		}
	}
	address := d.Arg(0)
	if strings.HasPrefix(address, "unix:") {
		im.say.refuseRouting(d, "there are no Unix sockets")
		return nil
	}
	var ok bool
	if s.host, s.port, ok = splitAddress(address); !ok {
		im.fault(d, "%q: want host:port", address)
		return nil
	}
	switch {
	case s.service != "" && (!s.resolve || s.port != ""):
		im.fault(d, "service: want it with resolve, and a host without a port")
		return nil
	case s.port == "" && s.service == "":
		s.port = "80" // also behind https
	}
	return s
}

// parameters are the names of a server's parameters.
var parameters = []string{
	"backup", "down", "drain", "fail_timeout", "id", "max_conns", "max_fails", "resolve", "route", "service", "slow_start", "weight",
}

// parameter reads one parameter; want is what it could be where it is none.
func (s *serverLine) parameter(word string) (want string) {
	name, value, has := strings.Cut(word, "=")
	var fits bool
	switch name {
	case "backup":
		s.backup, fits = true, !has
	case "down", "drain":
		s.state, fits = name, !has
	case "resolve":
		s.resolve, fits = true, !has
	case "weight":
		fits = number(&s.weight, value, 1)
		want = "a weight of 1 or more; down keeps requests from a server"
	case "max_conns":
		fits = number(&s.maxConns, value, 0)
		want = "a number, 0 for no bound"
	case "max_fails":
		fits = number(&s.maxFails, value, 0)
		want = "a number, 0 for none that counts"
	case "fail_timeout":
		fits = seconds(&s.failTimeout, value)
		want = "whole seconds, like fail_timeout=10s"
	case "slow_start":
		fits = seconds(&s.slowStart, value)
		want = "whole seconds, like slow_start=10s"
	case "service":
		s.service, fits = value, value != ""
		want = "a name, like service=http"
	case "route":
		s.route, fits = value, value != "" && len(value) <= 32
		want = "a text of 1 to 32 bytes"
	case "id":
		fits = value != ""
		want = "a number"
	default:
		fits = false
		want = "a parameter of a server"
		if near := config.Nearest(name, parameters); near != "" {
			want += "; did you mean " + near + "?"
		}
	}
	switch {
	case fits:
		return ""
	case want == "":
		return name + " alone"
	}
	return want
}

func number(dst *int, s string, least int) bool {
	n, err := strconv.ParseUint(s, 10, 31)
	*dst = int(n)
	return err == nil && *dst >= least
}

// seconds reads a time that NGINX keeps in whole seconds.
func seconds(dst *time.Duration, s string) bool {
	d, ok := parseTime(s)
	*dst = d
	return ok && !strings.HasSuffix(s, "ms")
}

// splitAddress takes host:port or host apart; an IPv6 host stands in brackets.
func splitAddress(s string) (host, port string, ok bool) {
	s = strings.TrimSuffix(s, "/")
	if inner, v6 := strings.CutPrefix(s, "["); v6 {
		var rest string
		if host, rest, ok = strings.Cut(inner, "]"); !ok {
			return "", "", false
		}
		if rest == "" {
			return host, "", true
		}
		port, ok = strings.CutPrefix(rest, ":")
		return host, port, ok && isPort(port)
	}
	host, port, has := strings.Cut(s, ":")
	return host, port, host != "" && (!has || isPort(port))
}

func isPort(s string) bool {
	var n int
	return number(&n, s, 1) && n <= 65535
}

// address is host:port as Weir's file has it.
func (s *serverLine) address() string { return joinAddress(s.host, s.port) }

func joinAddress(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}
