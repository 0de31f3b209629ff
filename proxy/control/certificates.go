package control

import (
	"crypto/tls"
	"strings"
)

// certificates chooses by the name in the handshake.
type certificates struct {
	all    []*tls.Certificate // the first is the default
	byName map[string][]*tls.Certificate
}

func newCertificates(all []*tls.Certificate) *certificates {
	c := &certificates{all: all, byName: map[string][]*tls.Certificate{}}
	for _, cert := range all {
		names := cert.Leaf.DNSNames
		for _, ip := range cert.Leaf.IPAddresses {
			names = append(names, ip.String())
		}
		for _, name := range names {
			name = strings.ToLower(name)
			c.byName[name] = append(c.byName[name], cert)
		}
	}
	return c
}

// choose takes a certificate of that very name, else one of its wildcard, else the
// default; of several the first whose key the client understands.
func (c *certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	_, rest, _ := strings.Cut(name, ".")
	named := c.byName[name]
	for _, some := range [][]*tls.Certificate{named, c.byName["*."+rest]} {
		for _, cert := range some {
			if hello.SupportsCertificate(cert) == nil {
				return cert, nil
			}
		}
	}
	if len(named) > 0 {
		return named[0], nil
	}
	return c.all[0], nil
}
