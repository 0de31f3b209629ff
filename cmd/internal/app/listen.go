package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"weir/config"
)

// listeners are the sockets of the process. They are bound before anything is
// started, so that an address in use is an error at once; connections that come
// before a listener is served wait in its backlog.
type listeners struct {
	traffic []listener
	admin   net.Listener
}

type listener struct {
	name string
	net.Listener
}

func listen(ctx context.Context, cfg *config.Config) (*listeners, error) {
	// Keep-alive probes cost four system calls an accept; dead clients meet the
	// timeouts of the connection loop instead.
	lc := net.ListenConfig{KeepAlive: -1}
	ls := &listeners{}
	for _, l := range cfg.Listeners {
		ln, err := lc.Listen(ctx, network(l.Address), l.Address)
		if err != nil {
			ls.close()
			return nil, fmt.Errorf("listener %s: %w", l.Name, err)
		}
		ls.traffic = append(ls.traffic, listener{name: l.Name, Listener: ln})
	}
	ln, err := lc.Listen(ctx, "tcp", cfg.Admin.Address)
	if err != nil {
		ls.close()
		return nil, fmt.Errorf("admin: %w", err)
	}
	if addr, ok := ln.Addr().(*net.TCPAddr); !ok || !addr.IP.IsLoopback() {
		// The file's check sees only the name; this sees what it resolved to.
		ln.Close()
		ls.close()
		return nil, errors.New("admin: " + cfg.Admin.Address + " is not a loopback address: want one, because there are no tokens in this version")
	}
	ls.admin = ln
	return ls, nil
}

// network is the network of a listener's address: 0.0.0.0 is every address of IPv4 and
// [::] every one of IPv6, as they say and as with NGINX's "listen 80" and "listen
// [::]:80". To Go either would be both, of which a firewall may know one.
func network(address string) string {
	switch host, _, _ := net.SplitHostPort(address); host {
	case "0.0.0.0":
		return "tcp4"
	case "::":
		return "tcp6"
	}
	return "tcp"
}

// close closes every socket; closing one twice is harmless.
func (ls *listeners) close() {
	for _, l := range ls.traffic {
		l.Close()
	}
	if ls.admin != nil {
		ls.admin.Close()
	}
}
