package nginx

import (
	"slices"
	"strings"
)

// listener is a socket in the shape of Weir's file.
func (im *importer) listener(s *socket) *mapping {
	m := &mapping{}
	m.set("name", s.name)
	m.set("address", s.address())
	if s.secure {
		m.set("tls", im.listenerTLS(s))
	}
	return m
}

// listenerTLS is how a socket speaks TLS: with the certificates of all its servers,
// the default one's first.
func (im *importer) listenerTLS(s *socket) *mapping {
	sites := []*site{s.standard}
	for _, st := range s.sites {
		if st != s.standard {
			sites = append(sites, st)
		}
	}
	var pairs []any
	seen := map[string]bool{}
	for _, st := range sites {
		for _, pair := range st.certificates() {
			if key := pair.entries[0].value.(string); !seen[key] {
				seen[key] = true
				pairs = append(pairs, pair)
			}
		}
	}
	t := &mapping{}
	switch {
	case len(pairs) > 0:
	case !slices.ContainsFunc(sites, func(st *site) bool { return !st.rejects() }):
		im.say.refuseRouting(s.by[s.standard], "nobody gets in there, and there is no certificate: want it removed")
		return t
	default:
		im.fault(s.by[s.standard], "ssl without a certificate: want ssl_certificate and ssl_certificate_key")
		return t
	}
	first := pairs[0].(*mapping)
	t.entries = append(t.entries, first.entries...)
	t.set("certificates", pairs[1:])
	t.set("min_version", sites[0].minVersion())
	t.set("client", sites[0].clientCertificates())
	for _, st := range sites[1:] {
		st.minVersion()
		if c := st.clientCertificates(); c != nil && (sites[0].clientCertificates() == nil || c.text() != sites[0].clientCertificates().text()) {
			im.say.refuseRouting(st.scope.find("ssl_verify_client"), "clients of one listener are asked for the same certificates")
		}
	}
	return t
}

func (m *mapping) text() string {
	s, _ := oneLine(m)
	return s
}

const rejectHandshake = "ssl_reject_handshake"

// rejects reports whether the server ends the handshake of every client.
func (st *site) rejects() bool { return st.im.isOn(st.scope, rejectHandshake, false) }

// certificates are the server's certificates and keys.
func (st *site) certificates() []*mapping {
	im := st.im
	if st.rejects() {
		im.say.refuse(st.scope.find(rejectHandshake), "the handshake goes on: a client that asks for a name without a certificate gets the first one, and this server's answer")
	}
	certs, keys := st.scope.all("ssl_certificate"), st.scope.all("ssl_certificate_key")
	var out []*mapping
	for i, c := range certs {
		if i >= len(keys) {
			im.fault(c, "want ssl_certificate_key beside it")
			break
		}
		m := &mapping{}
		for _, f := range []struct {
			key string
			d   *Directive
		}{{"cert", c}, {"key", keys[i]}} {
			if strings.ContainsAny(f.d.Arg(0), "$") || strings.HasPrefix(f.d.Arg(0), "data:") || strings.HasPrefix(f.d.Arg(0), "engine:") || strings.HasPrefix(f.d.Arg(0), "store:") {
				im.say.refuseRouting(f.d, "want a file")
			}
			im.say.honour(f.d)
			m.set(f.key, im.path(f.d.Arg(0)))
		}
		out = append(out, m)
	}
	return out
}

// minVersion is the oldest TLS that is spoken.
func (st *site) minVersion() string {
	d := st.scope.find("ssl_protocols")
	if d == nil {
		return "1.2"
	}
	var words []string
	for _, w := range d.Args {
		words = append(words, w.Text)
	}
	st.im.say.honour(d)
	if !slices.Contains(words, "TLSv1.2") && slices.Contains(words, "TLSv1.3") {
		return "1.3"
	}
	if slices.ContainsFunc(words, func(w string) bool { return w != "TLSv1.2" && w != "TLSv1.3" }) {
		st.im.say.approximate(d, "TLS 1.2 and 1.3 are spoken")
	} else if !slices.Contains(words, "TLSv1.3") {
		st.im.say.approximate(d, "TLS 1.3 is spoken too")
	}
	return "1.2"
}

// clientCertificates is what certificates clients must show, nil where none.
func (st *site) clientCertificates() *mapping {
	im := st.im
	d := st.scope.find("ssl_verify_client")
	if d == nil || d.Arg(0) == "off" {
		return nil
	}
	im.say.honour(d)
	mode := map[string]string{"on": "require", "optional": "optional"}[d.Arg(0)]
	ca := st.scope.find("ssl_client_certificate")
	if mode == "" || ca == nil {
		im.say.refuseRouting(d, "want on or optional, and ssl_client_certificate")
		return nil
	}
	im.say.honour(ca)
	m := &mapping{}
	m.set("ca", im.path(ca.Arg(0)))
	m.set("mode", mode)
	return m
}
