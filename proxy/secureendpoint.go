package proxy

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"weir/proxy/internal/pool"
	"weir/proxy/internal/sock"
)

// Secure says how new connections to the endpoint speak TLS; nil: not at all.
// Idle ones that were made otherwise are closed, busy ones finish. config is not
// changed afterwards; without a ServerName it is the host of the name.
func (e *Endpoint) Secure(config *tls.Config) { e.pool.Secure(config) }

// complainEvery is how often a fault of TLS with one endpoint is logged: each
// request would meet it again.
const complainEvery = 10 * time.Second

// complain logs why an endpoint and Weir do not come to terms over TLS. Clients
// learn nothing of it.
func (s *Server) complain(e *Endpoint, err error) {
	now, last := sock.Now(), e.complained.Load()
	if last != 0 && now-time.Duration(last) < complainEvery || !e.complained.CompareAndSwap(last, int64(now)) {
		return
	}
	s.opts.Log.Warn().Str("endpoint", e.Address).Err(err).Msg("handshake with an endpoint")
}

func isHandshake(err error) bool {
	_, ok := errors.AsType[*pool.HandshakeError](err)
	return ok
}

// refusedLate says of a new connection that its endpoint has broken TLS off before
// it answered anything. With TLS 1.3 that is how it refuses a client certificate:
// on this side the handshake was over.
func (x *exchange) refusedLate(err error) bool {
	if !x.up.Secure() || x.up.Reused || !x.answer.untouched() {
		return false
	}
	alert, ok := errors.AsType[*net.OpError](err)
	return ok && alert.Op == "remote error"
}
