package app

import (
	"context"
	"fmt"
	"net"
	"os"

	"weir/cmd/internal/app/systemd"
	"weir/config"
)

// listeners are the sockets of the process. They are bound before anything is
// started, so that an address in use is an error at once; connections that come
// before a listener is served wait in its backlog.
type listeners struct {
	traffic []listener
	admin   net.Listener
	ofrep   net.Listener // nil: there is no address for it alone
}

type listener struct {
	name string
	net.Listener
}

// listen binds what cfg says, but for what the service manager has bound already: its
// address is the manager's to say.
func listen(ctx context.Context, cfg *config.Config, bound *systemd.Sockets) (*listeners, error) {
	// Keep-alive probes cost four system calls an accept; dead clients meet the
	// timeouts of the connection loop instead.
	lc := net.ListenConfig{KeepAlive: -1}
	ls := &listeners{}
	for _, l := range cfg.Listeners {
		if taken := bound.Take(l.Name, network(l.Address), l.Address); len(taken) > 0 {
			for _, ln := range taken {
				ls.traffic = append(ls.traffic, listener{name: l.Name, Listener: ln})
			}
			continue
		}
		ln, err := lc.Listen(ctx, network(l.Address), l.Address)
		if err != nil {
			ls.close()
			return nil, fmt.Errorf("listener %s: %w", l.Name, err)
		}
		ls.traffic = append(ls.traffic, listener{name: l.Name, Listener: ln})
	}
	ln, err := listenAdmin(ctx, lc, &cfg.Admin, bound)
	if err != nil {
		ls.close()
		return nil, fmt.Errorf("admin: %w", err)
	}
	if err := unguarded(ln.Addr()); err != nil && !cfg.Admin.Restricted() {
		ln.Close()
		ls.close()
		return nil, fmt.Errorf("admin: %w, or who may use it in admin.tokens_file or admin.tls.client_ca", err)
	}
	ls.admin = ln
	if ls.ofrep, err = listenOFREP(ctx, lc, cfg); err != nil {
		ls.close()
		return nil, fmt.Errorf("flags.ofrep: %w", err)
	}
	if err := bound.Unclaimed(); err != nil {
		ls.close()
		return nil, err
	}
	return ls, nil
}

// adminSocket is the name of the admin API's among the sockets of a service manager.
const adminSocket = "admin"

func listenAdmin(ctx context.Context, lc net.ListenConfig, cfg *config.Admin, bound *systemd.Sockets) (net.Listener, error) {
	path := cfg.Socket()
	var taken []net.Listener
	if path != "" {
		taken = bound.Take(adminSocket, "unix", path)
	} else {
		taken = bound.Take(adminSocket, network(cfg.Address), cfg.Address)
	}
	switch {
	case len(taken) > 0: // how it is made is the manager's to say; listen looks at it
	case path != "":
		return listenUnix(ctx, path)
	default:
		return lc.Listen(ctx, network(cfg.Address), cfg.Address)
	}
	for _, ln := range taken[1:] {
		ln.Close()
	}
	if len(taken) > 1 {
		taken[0].Close()
		return nil, fmt.Errorf("%d sockets of the service manager: want one", len(taken))
	}
	return taken[0], nil
}

// unguarded says why users that Weir does not know can reach an address, and what to do.
// The file's check has seen only the name; this sees what it resolved to, and what the
// service manager has made.
func unguarded(addr net.Addr) error {
	switch a := addr.(type) {
	case *net.TCPAddr:
		if !a.IP.IsLoopback() {
			return fmt.Errorf("%s is not a loopback address: want one", a)
		}
	case *net.UnixAddr:
		if a.Name == "" || a.Name[0] == '@' {
			return fmt.Errorf("the socket %s is in no folder, and so everybody's: want one with a path", a)
		}
		info, err := os.Stat(a.Name)
		if err != nil {
			return fmt.Errorf("who may use the socket is unknown: %w: want one that is there", err)
		}
		if mode := info.Mode().Perm(); mode&0o007 != 0 {
			return fmt.Errorf("the socket %s has mode %04o, and so is everybody's: want SocketMode=0600 in its unit, or 0660 with a SocketGroup=", a, mode)
		}
	}
	return nil
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
	if ls.ofrep != nil {
		ls.ofrep.Close()
	}
}
