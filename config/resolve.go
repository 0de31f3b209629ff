package config

import (
	"net/netip"
	"regexp"
	"strings"
)

// whereabouts is what an endpoint says of where it is. The keys come in any order,
// and what an address may be depends on the others.
type whereabouts struct {
	address value
	service value
}

// keys adds those that are read here to an endpoint's.
func (w *whereabouts) keys(e *Endpoint, f fields) fields {
	f["address"] = need(wantEndpoint, func(v value) { w.address = v })
	f["resolve"] = may(boolean(&e.Resolve))
	f["service"] = may(func(v value) {
		w.service = v
		one(&e.Service, wantService, func(s string) (string, bool) { return s, validService.MatchString(s) })(v)
	})
	return f
}

const wantService = "the name of a service, like http for _http._tcp, or like _http._tcp itself"

var validService = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$`)

// settle reads the address when all else is known. Addresses are those before.
func (w *whereabouts) settle(e *Endpoint, addresses unique) {
	if w.address.node == nil {
		return // missing, which is said
	}
	if w.service.node != nil {
		w.settleService(e, addresses)
		return
	}
	addresses.check(&e.Address, endpointAddress(&e.Address))(w.address)
	host, _, _ := splitAddress(e.Address, 1)
	if _, err := netip.ParseAddr(host); e.Resolve && err == nil {
		w.address.fail("%s: want a host name, there is nothing to resolve", Show(e.Address))
	}
}

// settleService reads the host of a service: the port comes with the answer.
func (w *whereabouts) settleService(e *Endpoint, addresses unique) {
	if !e.Resolve {
		w.service.fail("without resolve: want resolve: true beside it")
	}
	var both string // the same host may give several services
	addresses.check(&both, func(v value) {
		one(&e.Address, wantServiceHost, func(s string) (string, bool) {
			_, err := netip.ParseAddr(s)
			return s, err != nil && isHost(s)
		})(v)
		if e.Address != "" {
			both = strings.ToLower(e.Service + "." + e.Address)
		}
	})(w.address)
}

const wantServiceHost = "a host name without a port, which the service's records have"

// whereabouts adds to a document what of them is not the default.
func (e *Endpoint) whereabouts(doc map[string]any) map[string]any {
	if e.Resolve {
		doc["resolve"] = true
	}
	if e.Service != "" {
		doc["service"] = e.Service
	}
	return doc
}
