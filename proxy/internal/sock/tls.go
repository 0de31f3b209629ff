package sock

import (
	"crypto/tls"
	"net"
	"time"
)

// ServeTLS puts TLS over the socket, as its server; StartTLS as its client. The
// socket is new: nothing has been read or written. Handshake comes next.
func (c *Conn) ServeTLS(config *tls.Config) { c.secure(config, tls.Server) }

// StartTLS is ServeTLS for the other end.
func (c *Conn) StartTLS(config *tls.Config) { c.secure(config, tls.Client) }

func (c *Conn) secure(config *tls.Config, role func(net.Conn, *tls.Config) *tls.Conn) {
	l := &layer{socket: c.Conn, top: c}
	l.glancer.open(c.Conn)
	l.Conn = role(under{c.Conn, l}, config)
	c.Conn, c.tls = l, l
}

// Secure reports whether TLS is over the socket.
func (c *Conn) Secure() bool { return c.tls != nil }

// Handshake must end by then. An Interrupt does not end it at once, but at most
// grace later: who is interrupted between requests has lost nothing, who is in
// the middle of a handshake would have lost the connection. Nobody interrupts it
// otherwise.
func (c *Conn) Handshake(by, grace time.Duration) error {
	l := c.tls
	l.shakeBy, l.grace = by, grace
	l.patience.Store(int64(by - Now()))
	if err := c.armRead(by); err != nil {
		return err
	}
	err := l.Handshake()
	l.shakeBy = 0
	c.readAt = 0 // a stray interrupt may have moved it
	return err
}

// TLS returns what the handshake agreed on; only where Secure.
func (c *Conn) TLS() tls.ConnectionState { return c.tls.ConnectionState() }

// Socket returns what is below TLS, or what there is without it.
func (c *Conn) Socket() net.Conn {
	if c.tls != nil {
		return c.tls.socket
	}
	return c.Conn
}

// Sever closes the connection at once and without TLS's goodbye: the other end
// sees that it was cut. From any goroutine.
func (c *Conn) Sever() { _ = c.Socket().Close() } // closed already is as good

// Goodbye tells the other end that TLS is over, waiting as a write does, unless
// the connection is to look cut or could not be written to. Without TLS it does
// nothing.
func (c *Conn) Goodbye(patience time.Duration) {
	if c.tls == nil || c.tls.dropped.Load() {
		return
	}
	c.tls.patience.Store(int64(patience))
	_ = c.tls.CloseWrite() // the close follows either way
}

// Torn says of a connection whose reading ended with io.EOF that the other end
// never said goodbye: what TLS carried may lack its end (RFC 9112 §9.8). Without
// TLS nobody can tell, and it is false.
func (c *Conn) Torn() bool { return c.tls != nil && c.tls.torn }
