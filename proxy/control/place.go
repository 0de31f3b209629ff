package control

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"weir/balancer"
	"weir/config"
	"weir/health/dns"
)

// place is where one endpoint is.
type place struct {
	config.Endpoint          // the file's, but for the address, and by SRV the weight and who is a backup
	name            string   // what the file calls it, host:port; "": its address
	of              dns.Name // whose address DNS gave; zero: the file has it
}

// node is what hashing knows the endpoint by: all addresses of a name are one node, as
// in NGINX, so that keys stay where they are when the name's address changes.
func (p *place) node() string { return cmp.Or(p.Node, p.name) }

// places are the endpoints of a version, by the file and by what is known of the
// names in it, without an address twice: the first one stands.
func places(cfg *config.Version, known map[dns.Name]dns.State) []place {
	out := make([]place, 0, len(cfg.Endpoints))
	if !resolves(cfg) {
		for _, e := range cfg.Endpoints {
			out = append(out, place{Endpoint: e})
		}
		return out
	}
	taken := map[string]bool{}
	add := func(p place) {
		if at := spelled(p.Address); !taken[at] {
			taken[at] = true
			out = append(out, p)
		}
	}
	for _, e := range cfg.Endpoints {
		if !e.Resolve {
			add(place{Endpoint: e})
			continue
		}
		n := nameOf(&e)
		for _, a := range known[n].Addresses {
			add(located(e, n, a))
		}
	}
	return out
}

// located is the endpoint at one of the addresses of its name.
func located(e config.Endpoint, n dns.Name, a dns.Address) place {
	host, port, err := net.SplitHostPort(e.Address)
	if err != nil { // of a service: the port comes with the answer
		host, port = e.Address, strconv.Itoa(a.Port)
	}
	p := place{Endpoint: e, name: net.JoinHostPort(host, port), of: n}
	p.Address = net.JoinHostPort(a.IP.String(), port)
	p.Backup = e.Backup || a.Backup
	if e.Weight == 1 { // as NGINX does: what the file says goes before what DNS says
		p.Weight = a.Weight
	}
	return p
}

// spelled is one spelling for all spellings of an address.
func spelled(address string) string {
	if ap, err := netip.ParseAddrPort(address); err == nil {
		return ap.String()
	}
	return address
}

// leaving are the places that the version had by DNS, and has no longer, and that
// stay all the same for a while. An answer can be empty by mistake, and all of a
// service can move at once: those that are known to be well serve until as many of
// the new ones can be picked, or none of these is still being checked. Those whose
// checks say that they are down do not stay. checked says that new endpoints wait for
// their checks.
func (v *version) leaving(cfg *config.Version, wanted []place, checked bool) []place {
	if v == nil || !resolves(cfg) {
		return nil
	}
	had := make(map[string]*endpoint, len(v.endpoints))
	for i := range v.endpoints {
		had[v.endpoints[i].address] = &v.endpoints[i]
	}
	usable, pending := 0, 0
	for _, p := range wanted {
		e := had[p.Address]
		delete(had, p.Address)
		switch {
		case e == nil && checked:
			pending++
		case e == nil, e.live.live.Usable():
			usable++
		case e.live.live.Admin() == balancer.Up && e.live.live.Check() == balancer.CheckPending:
			pending++
		}
	}
	asked := map[dns.Name]bool{}
	for i := range cfg.Endpoints {
		if e := &cfg.Endpoints[i]; e.Resolve {
			asked[nameOf(e)] = true
		}
	}
	var out []place
	for i := range v.endpoints { // in their order
		e := &v.endpoints[i]
		if had[e.address] != nil && e.at.name != "" && asked[e.at.of] && serves(e.live.live) {
			out = append(out, e.at)
		}
	}
	if usable > 0 && (pending == 0 || usable >= len(out)) {
		return nil
	}
	return out
}

func serves(l *balancer.Live) bool {
	return l.Admin() == balancer.Up && l.Check() != balancer.CheckDown
}

// resolves reports whether the version has endpoints that DNS is asked for.
func resolves(cfg *config.Version) bool {
	return slices.ContainsFunc(cfg.Endpoints, func(e config.Endpoint) bool { return e.Resolve })
}
