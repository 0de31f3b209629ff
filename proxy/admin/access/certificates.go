package access

import (
	"crypto/x509"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"weir/proxy/admin/api"
)

// What is wrong with a certificate.
const (
	expired    = "the client certificate has expired: want another one"
	nameless   = "the client certificate has no common name: want one that says whose it is"
	noRole     = "the client certificate's name has no role here"
	unbelieved = "the client certificate is not, or no longer, of an authority that is believed here: want another one"
)

// certificateName begins the names of those who show a certificate.
const certificateName = "cert:"

// Anybody stands for the common names that have no role of their own.
const Anybody = "*"

// Certificates says whose client certificates are. Its methods may be called from any
// goroutine.
type Certificates struct {
	roles map[string]api.Role

	mu struct {
		sync.RWMutex
		authorities *x509.CertPool // nil: none is believed
		changed     chan struct{}  // closed at the next change; nil: nobody waits
	}
}

// NewCertificates has the roles of common names, and believes nobody yet.
func NewCertificates(roles map[string]api.Role) *Certificates { return &Certificates{roles: roles} }

// Believe puts the certificates of these authorities in force, and takes those of all
// others out of it.
func (c *Certificates) Believe(authorities *x509.CertPool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.authorities.Equal(authorities) {
		return
	}
	c.mu.authorities = authorities
	if c.mu.changed != nil {
		close(c.mu.changed)
		c.mu.changed = nil
	}
}

// Changed is closed when other authorities are believed.
func (c *Certificates) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.changed == nil {
		c.mu.changed = make(chan struct{})
	}
	return c.mu.changed
}

// Find says whose a certificate is, the first of chain, or what is wrong with it. The
// others are between it and an authority. It is verified each time: when the connection
// was made may be long ago, and what was believed then need not be now.
func (c *Certificates) Find(chain []*x509.Certificate, now time.Time) (who Who, wrong string) {
	leaf := chain[0]
	if now.After(leaf.NotAfter) {
		return who, expired
	}
	c.mu.RLock()
	authorities := c.mu.authorities
	c.mu.RUnlock()
	if authorities == nil { // to x509 that would be those of the machine
		return who, unbelieved
	}
	between := x509.NewCertPool()
	for _, other := range chain[1:] {
		between.AddCert(other)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: authorities, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return who, unbelieved
	}
	name := leaf.Subject.CommonName
	if name == "" {
		return who, nameless
	}
	role, ok := c.roles[name]
	if !ok {
		role, ok = c.roles[Anybody]
	}
	if !ok {
		return who, noRole
	}
	return Who{Role: role, Name: certificateName + shown(name), By: ByCertificate}, ""
}

// shown is a common name as it can be shown on a terminal.
func shown(name string) string {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) {
		name = strconv.Quote(name)
	}
	return strings.ToValidUTF8(name[:min(len(name), MaxName)], "")
}
