package main

import (
	"net"
	"net/http"
)

// backend is an endpoint in this process.
type backend struct {
	address string
	server  *http.Server
}

func startBackend(h http.Handler) (*backend, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &backend{address: ln.Addr().String(), server: &http.Server{Handler: h}}
	go func() { _ = b.server.Serve(ln) }() // ends with stop
	return b, nil
}

func (b *backend) stop() { b.server.Close() }
