package control

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/config"
	"weir/proxy"
)

// loader collects what is wrong on the way.
type loader struct {
	cfg    *config.Config
	now    time.Time
	keys   *keys
	faults []fault
}

func (l *loader) fail(at []string, key, format string, args ...any) {
	l.faults = append(l.faults, faultAt(fmt.Sprintf(format, args...), append(at[:len(at):len(at)], key)...))
}

func (l *loader) warn(at []string, key, format string, args ...any) {
	p := l.cfg.Problem(fmt.Sprintf(format, args...), append(at[:len(at):len(at)], key)...)
	l.keys.warnings = append(l.keys.warnings, p.String())
}

func (l *loader) listener(index int) {
	cfg := &l.cfg.Listeners[index]
	var all []*tls.Certificate
	for _, p := range cfg.TLS.Pairs(index) {
		c, _ := l.pair(p)
		if c == nil {
			continue
		}
		all = append(all, c)
		shown := Certificate{Listener: cfg.Name, File: p.Cert, NotAfter: c.Leaf.NotAfter}
		if !slices.Contains(l.keys.expiries, shown) {
			l.keys.expiries = append(l.keys.expiries, shown)
		}
	}
	t := &tls.Config{
		GetCertificate: newCertificates(all).choose,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     proxy.Protocols,
		// Small records to begin with would each be a system call.
		DynamicRecordSizingDisabled: true,
	}
	if cfg.TLS.MinVersion == "1.3" {
		t.MinVersion = tls.VersionTLS13
	}
	if c := cfg.TLS.Client; c != nil {
		t.ClientCAs, _ = l.authorities([]string{"listeners", fmt.Sprintf("[%d]", index), "tls", "client"}, "ca", c.CA)
		t.ClientAuth = tls.RequireAndVerifyClientCert
		if c.Mode == "optional" {
			t.ClientAuth = tls.VerifyClientCertIfGiven
		}
	}
	l.keys.listeners[cfg.Name] = t
}

// The names of what is not among the listeners, in metrics.
const (
	adminListener = "admin"
	ofrepListener = "ofrep"
)

func (l *loader) admin(cfg *config.AdminTLS) {
	t := l.served(cfg.Located(), adminListener)
	if t == nil {
		return
	}
	if cfg.ClientCA != "" {
		// Who has a certificate is looked at anew for each connection.
		t.SessionTicketsDisabled = true
		t.ClientCAs, _ = l.authorities(cfg.Located().At, "client_ca", cfg.ClientCA)
		t.ClientAuth = tls.VerifyClientCertIfGiven // a token is as good, and probes have none
	}
	l.keys.admin = t
}

// served is how a listener for programs and operators speaks TLS, whose name in metrics a
// listener for users may have, too; nil: its files are at fault.
func (l *loader) served(p config.Located, name string) *tls.Config {
	c, _ := l.pair(p)
	if c == nil {
		return nil
	}
	shown := Certificate{Listener: name, File: p.Cert, NotAfter: c.Leaf.NotAfter}
	if !slices.Contains(l.keys.expiries, shown) {
		l.keys.expiries = append(l.keys.expiries, shown)
	}
	return &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

func (l *loader) upstream(u *config.Upstream) *upstreamKeys {
	at := []string{"upstreams", u.Name, "tls"}
	t := &tls.Config{
		ServerName:                  u.TLS.ServerName,
		MinVersion:                  tls.VersionTLS12,
		NextProtos:                  proxy.Protocols,
		InsecureSkipVerify:          !u.TLS.Verify,
		DynamicRecordSizingDisabled: true,
	}
	var read []byte
	if u.TLS.CA != "" {
		t.RootCAs, read = l.authorities(at, "ca", u.TLS.CA)
	}
	if u.TLS.Cert != "" {
		if c, data := l.pair(config.Located{KeyPair: u.TLS.KeyPair, At: at}); c != nil {
			t.Certificates = []tls.Certificate{*c}
			read = append(read, data...)
		}
	}
	if !u.TLS.Verify {
		l.warn(at, "verify", "off: anybody who is reached at an endpoint's address is believed")
	}
	settings := fmt.Sprintf("%q %v %q %q|", u.TLS.ServerName, u.TLS.Verify, u.TLS.CA, u.TLS.Cert)
	return &upstreamKeys{config: t, print: sha256.Sum256(append([]byte(settings), read...))}
}

// pair reads a certificate and its key; nil when one of them is at fault. data is
// what was read.
func (l *loader) pair(p config.Located) (c *tls.Certificate, data []byte) {
	cert, err := config.ReadFile(p.Cert)
	if err != nil {
		l.fail(p.At, "cert", "%v: want a PEM file with a certificate", err)
	} else if err := readable(cert); err != nil {
		l.fail(p.At, "cert", "%s: %v: want a PEM file with a certificate", p.Cert, err)
		cert = nil
	}
	key, err := config.ReadFile(p.Key)
	if err != nil {
		l.fail(p.At, "key", "%v: want the PEM file with the private key", err)
	}
	if cert == nil || key == nil {
		return nil, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		l.fail(p.At, "key", "%s: %s: want the private key of %s", p.Key, strings.TrimPrefix(err.Error(), "tls: "), p.Cert)
		return nil, nil
	}
	switch leaf := pair.Leaf; {
	case l.now.After(leaf.NotAfter):
		l.warn(p.At, "cert", "%s: expired on %s", p.Cert, leaf.NotAfter.Format(time.RFC3339))
	case l.now.Before(leaf.NotBefore):
		l.warn(p.At, "cert", "%s: not valid before %s", p.Cert, leaf.NotBefore.Format(time.RFC3339))
	}
	return &pair, append(cert, key...)
}

// readable says why the first block of a file is no certificate.
func readable(data []byte) error {
	for rest := data; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return errors.New("no certificate in it")
		}
		if b.Type == "CERTIFICATE" {
			_, err := x509.ParseCertificate(b.Bytes)
			return err
		}
	}
}

func (l *loader) authorities(at []string, key, file string) (*x509.CertPool, []byte) {
	data, err := config.ReadFile(file)
	pool := x509.NewCertPool()
	if err == nil && !pool.AppendCertsFromPEM(data) {
		err = fmt.Errorf("%s: no certificate in it", file)
	}
	if err != nil {
		l.fail(at, key, "%v: want a PEM file with certificates of authorities", err)
	}
	return pool, data
}
