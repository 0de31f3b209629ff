package main

import (
	"net"
	"net/http"
	"strconv"
	"strings"
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

// backends are the endpoints of one version.
type backends []*backend

func startBackends(n int, h http.Handler) (backends, error) {
	var all backends
	for range n {
		b, err := startBackend(h)
		if err != nil {
			all.stop()
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// addresses is the list for the configuration file.
func (all backends) addresses() string {
	quoted := make([]string, len(all))
	for i, b := range all {
		quoted[i] = strconv.Quote(b.address)
	}
	return strings.Join(quoted, ", ")
}

func (all backends) stop() {
	for _, b := range all {
		b.stop()
	}
}
