package pool

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// HandshakeError is a connection that could be opened but not made secure.
type HandshakeError struct{ Err error }

func (e *HandshakeError) Error() string { return "TLS: " + e.Err.Error() }
func (e *HandshakeError) Unwrap() error { return e.Err }

// Secure makes TLS of all connections from now on, in clear with nil. What is idle
// and was made otherwise is closed, what is busy is not kept. base is not changed
// afterwards; without a ServerName the endpoint is to be called what its name
// says.
func (p *Pool) Secure(base *tls.Config) {
	for _, c := range p.secure(base) {
		c.Close()
	}
}

func (p *Pool) secure(base *tls.Config) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if base == p.mu.base {
		return nil
	}
	p.mu.base, p.mu.tls = base, p.own(base)
	return p.takeOldest(len(p.mu.idle))
}

// own is base for this endpoint: with its name, and with sessions that no other
// endpoint could resume.
func (p *Pool) own(base *tls.Config) *tls.Config {
	if base == nil {
		return nil
	}
	c := base.Clone()
	if c.ServerName == "" {
		host, _, _ := net.SplitHostPort(p.Name) // an address that is none cannot be dialled
		c.ServerName, _, _ = strings.Cut(host, "%")
	}
	c.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	return c
}

func (p *Pool) config() *tls.Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.tls
}

// shakeHands makes the connection secure by then, or until ctx ends.
func (c *Conn) shakeHands(ctx context.Context, by time.Duration) error {
	c.StartTLS(c.config)
	defer context.AfterFunc(ctx, c.Sever)()
	err := c.Handshake(by, 0)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return &HandshakeError{err}
}

// Cut closes the connection under its user, from any goroutine: reads and writes
// fail, and WasCut tells the user why.
func (c *Conn) Cut() {
	c.cut.Store(true)
	c.watched.Forget()
	c.Sever()
}
