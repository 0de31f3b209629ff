package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// tls is how --ca, --cert and --key say to speak TLS.
func (c *cli) tls() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if !strings.HasPrefix(c.admin, "https://") {
		return nil, fmt.Errorf("--ca, --cert, --key: --admin is %s: want an https URL", c.admin)
	}
	if c.ca != "" {
		data, err := os.ReadFile(c.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("--ca: %s: no certificate in it: want a PEM file", c.ca)
		}
	}
	switch {
	case c.cert == "" && c.key == "":
		return t, nil
	case c.cert == "" || c.key == "":
		return nil, errors.New("--cert and --key: want both or none")
	}
	own, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return nil, fmt.Errorf("--cert, --key: %w", err)
	}
	t.Certificates = []tls.Certificate{own}
	return t, nil
}
