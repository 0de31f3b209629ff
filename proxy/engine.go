package proxy

import (
	"net"
	"strings"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"
)

// engineConns is fasthttp's own limit of connections, which is fixed while it
// runs. Ours lies below: what is over it is answered by us, in goroutines of its own.
const engineConns = 1 << 21

// newEngine returns fasthttp's server with our loop as its protocol: it accepts
// and keeps workers, and never parses a request.
//
// The key "" catches connections without ALPN, plaintext ones among them, which is
// a fact of fasthttp's source, pinned by a test. It never sees TLS: the handshake is
// the handler's, bounded by the policy of the time.
func newEngine(s *Server) *fasthttp.Server {
	e := &fasthttp.Server{
		Concurrency: engineConns,
		Logger:      engineLog{s.opts.Log},
	}
	e.NextProto("", s.handle)
	return e
}

// engineLog takes what fasthttp has to say: troubles of accepting.
type engineLog struct{ log zerolog.Logger }

// Printf makes one line of it.
func (l engineLog) Printf(format string, args ...any) {
	l.log.Warn().Msgf("engine: "+strings.TrimSpace(format), args...)
}

// Serve is ServeAs for a listener without a name.
func (s *Server) Serve(ln net.Listener) error { return s.ServeAs("", ln) }

// ServeAs takes connections from ln until Shutdown, then returns nil. It closes ln.
// Several listeners may be served at once; routes know them by their names.
func (s *Server) ServeAs(name string, ln net.Listener) error {
	defer ln.Close()
	if !s.listen(ln) {
		return nil
	}
	defer s.crowd.leave()
	err := s.engine.Serve(&patient{Listener: ln, name: name, srv: s})
	if s.draining.Load() {
		return nil
	}
	return err
}

// listen registers a listener; false once the drain has begun.
func (s *Server) listen(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	s.mu.listeners = append(s.mu.listeners, ln)
	s.crowd.enter()
	return true
}
