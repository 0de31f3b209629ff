package health

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// named is a configuration of TLS for an endpoint that is called what its address
// says, unless it has a name.
func named(c *tls.Config, address string) *tls.Config {
	if c == nil || c.ServerName != "" {
		return c
	}
	host, _, _ := net.SplitHostPort(address) // an address that is none cannot be dialled
	c = c.Clone()
	c.ServerName, _, _ = strings.Cut(host, "%")
	return c
}

// connect makes a connection for one check, over TLS unless secure is nil. What waits
// on it wakes when ctx ends. The caller calls end.
func connect(ctx context.Context, address string, secure *tls.Config) (conn net.Conn, end func(), err error) {
	socket, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { socket.Close() })
	if secure == nil {
		return socket, func() { stop(); socket.Close() }, nil
	}
	over := tls.Client(socket, secure)
	end = func() {
		_ = over.Close() // says goodbye, for which ctx is the bound too
		stop()
	}
	if err := over.HandshakeContext(ctx); err != nil {
		end()
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	return over, end, nil
}

// within is ctx with a timeout; 0: as it is.
func within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}
