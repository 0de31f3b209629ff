package proxy

import (
	"crypto/tls"
	"net"
)

// Protocols is what Weir speaks over TLS, by the names of ALPN. Nobody changes it.
var Protocols = []string{"http/1.1"}

// Secure returns a listener whose connections speak TLS, each as config says at
// its handshake. While config returns nil they are accepted in clear. config is
// called from any goroutine and must not block; what it returned is not changed.
func Secure(ln net.Listener, config func() *tls.Config) net.Listener {
	return &secureListener{
		Listener: ln,
		config:   config,
		// One for all generations of the configuration: it keeps the keys of session
		// tickets.
		base: &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return config(), nil // nil, between the two: base itself, which has no certificate
		}},
	}
}

type secureListener struct {
	net.Listener
	config func() *tls.Config
	base   *tls.Config
}

// Accept does not shake hands: one slow client would keep the others out.
func (l *secureListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	config := l.config()
	if config == nil {
		return nc, nil
	}
	return &secured{Conn: nc, base: l.base, mutual: config.ClientAuth != tls.NoClientCert}, nil
}

// secured is a socket that will speak TLS. The engine sees none of that.
type secured struct {
	net.Conn
	base   *tls.Config
	mutual bool // clients show certificates
}
