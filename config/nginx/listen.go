package nginx

import (
	"slices"
	"strings"
)

// listen is one address that a server listens on.
type listen struct {
	d          *Directive
	host, port string // host "" is every IPv4 address, "::" every IPv6 one
	secure     bool
	standard   bool // default_server
}

// readListens reads where the server listens.
func (st *site) readListens() {
	im := st.im
	old := im.isOn(st.scope, "ssl", false) // as NGINX had it before 1.15
	for _, d := range st.scope.own("listen") {
		if l := im.readListen(d); l != nil {
			l.secure = l.secure || old
			st.listens = append(st.listens, l)
		}
	}
	if len(st.scope.own("listen")) == 0 {
		st.listens = []*listen{{d: st.d, port: "80", secure: old}}
	}
	st.readPort()
}

// readPort makes $server_port a constant where all listens of the server have the same
// port: X-Forwarded-Port is made of it.
func (st *site) readPort() {
	if len(st.listens) == 0 {
		return
	}
	first := st.listens[0]
	if slices.ContainsFunc(st.listens, func(l *listen) bool { return l.port != first.port }) {
		return
	}
	st.vars.set["server_port"] = []choice{{shares: certain(text{{Text: first.port}})}}
	st.vars.by["server_port"] = first.d
}

// readListen reads a listen; nil where there can be no listener.
func (im *importer) readListen(d *Directive) *listen {
	l := &listen{d: d}
	address := d.Arg(0)
	im.say.honour(d)
	for _, w := range d.Args[1:] {
		name, _, _ := strings.Cut(w.Text, "=")
		switch name {
		case "ssl":
			l.secure = true
		case "default_server", "default":
			l.standard = true
		case "http2", "spdy":
			im.say.approximate(d, "clients are spoken to in HTTP/1.1")
		case "quic":
			im.say.approximate(d, "QUIC is not spoken: clients come over TCP")
			return nil
		case "proxy_protocol":
			im.say.refuseRouting(d, "the PROXY protocol is not spoken")
		case "reuseport", "backlog", "rcvbuf", "sndbuf", "accept_filter", "deferred", "bind", "ipv6only", "so_keepalive", "fastopen", "setfib", "multipath":
			im.say.note(d, name+" is left to the kernel")
		default:
			im.fault(d, "%q: want a parameter of listen", w.Text)
		}
	}
	switch {
	case strings.HasPrefix(address, "unix:"):
		im.say.refuseRouting(d, "there are no Unix sockets")
		return nil
	case isPort(address):
		l.port = address
		return l
	}
	var ok bool
	if l.host, l.port, ok = splitAddress(address); !ok {
		im.fault(d, "%q: want host:port", address)
		return nil
	}
	if l.port == "" {
		l.port = "80"
	}
	if l.host == "*" || l.host == "0.0.0.0" {
		l.host = ""
	}
	return l
}

// socket is one listener of the file that is written, and who listens on it.
type socket struct {
	name       string // of the listener
	host, port string // host "any" is every address, IPv4 and IPv6
	secure     bool
	sites      []*site
	standard   *site // who gets what nobody is called
	by         map[*site]*Directive
}

// sockets are the listeners of all sites. Where every address of a port is listened on,
// single ones of it are not bound besides.
func (im *importer) sockets(sites []*site) []*socket {
	var out []*socket
	for _, st := range sites {
		for _, l := range st.listens {
			s := socketOf(out, l)
			if s == nil {
				s = &socket{host: l.host, port: l.port, by: map[*site]*Directive{}}
				out = append(out, s)
			}
			s.add(im, st, l)
		}
	}
	out = im.bound(out)
	names := map[string]bool{}
	for _, s := range out {
		s.name = s.scheme() + "-" + s.port
		if names[s.name] {
			s.name = weirName(s.name + "-" + s.host)
		}
		names[s.name] = true
	}
	return out
}

func socketOf(all []*socket, l *listen) *socket {
	for _, s := range all {
		if s.host == l.host && s.port == l.port {
			return s
		}
	}
	return nil
}

func (s *socket) add(im *importer, st *site, l *listen) {
	if s.by[st] != nil {
		im.fault(l.d, "the server listens there already")
		return
	}
	s.sites = append(s.sites, st)
	s.by[st] = l.d
	s.secure = s.secure || l.secure
	switch {
	case l.standard && s.standard != nil:
		im.fault(l.d, "another server is the default one there")
	case l.standard:
		s.standard = st
	}
}

// bound joins the sockets of one port that cannot be bound beside each other, and
// says who is the default where nobody says so.
func (im *importer) bound(all []*socket) []*socket {
	var out []*socket
	for _, s := range all {
		if s.standard == nil {
			s.standard = s.sites[0]
		}
	}
	for _, s := range all {
		i := slices.IndexFunc(out, func(o *socket) bool {
			return o.port == s.port && (isEvery(o.host) || isEvery(s.host))
		})
		if i < 0 {
			out = append(out, s)
			continue
		}
		o := out[i]
		same := slices.Equal(o.sites, s.sites) && o.standard == s.standard
		for _, st := range s.sites {
			if !same {
				im.say.refuseRouting(s.by[st], "servers are not told apart by the address of a port that is listened on as a whole")
			} else if !isEvery(s.host) || !isEvery(o.host) {
				im.say.note(s.by[st], "is part of the listener for every address")
			}
		}
		if o.secure != s.secure {
			im.say.refuseRouting(s.by[s.sites[0]], "one port is with TLS or without")
		}
		switch {
		case isEvery(o.host) && isEvery(s.host) && o.host != s.host:
			o.host = "any"
		case isEvery(s.host):
			o.host = s.host
		}
	}
	return out
}

func isEvery(host string) bool { return host == "" || host == "::" || host == "any" }

// address is where the listener listens, as Weir's file has it.
func (s *socket) address() string {
	switch s.host {
	case "":
		return "0.0.0.0:" + s.port
	case "any":
		return ":" + s.port
	}
	return joinAddress(s.host, s.port)
}
