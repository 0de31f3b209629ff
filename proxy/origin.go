package proxy

import (
	"net/netip"

	"weir/proxy/internal/http1"
)

// believe reads where the request comes from, when the peer is one whose word on
// that counts.
func (x *exchange) believe() {
	c := x.c
	if !http1.Contains(c.policy.Trusted, c.peer) {
		return
	}
	x.origin.Read(&x.req, http1.Peer{Addr: c.peer, Text: c.clientIP, Scheme: c.scheme()}, c.policy.Trusted)
	x.believed = &x.origin
}

// Trusted reports whether that peer has sent it.
func (x *exchange) Trusted() bool { return x.believed != nil }

// clientIP is the client's address in text, as far as Weir knows.
func (x *exchange) clientIP() []byte {
	if x.believed != nil {
		return x.believed.Text
	}
	return x.c.clientIP
}

// Client is the same, not in text; the zero Addr when it has none.
func (x *exchange) Client() netip.Addr {
	if x.believed != nil {
		return x.believed.Client
	}
	return x.c.peer
}

// Listener is the name of the one that the connection came to.
func (x *exchange) Listener() string { return x.c.listener }

// Scheme is what the client used, as far as Weir knows.
func (x *exchange) Scheme() string {
	if x.believed != nil {
		return x.believed.Proto
	}
	return x.c.scheme()
}
