package systemd

import (
	"fmt"
	"net"
	"os"

	"github.com/coreos/go-systemd/v22/activation"
)

// Sockets are those that the manager bound for this process and keeps open between
// two of its lives: clients that connect meanwhile wait in their backlogs.
// The zero value has none.
type Sockets struct{ left []socket }

type socket struct {
	name string // FileDescriptorName of the socket unit; by default the unit's own
	net.Listener
}

// Inherit takes over what the manager passed. It may be called once, before other
// processes are started: these are to inherit nothing.
func Inherit() (*Sockets, error) { return adopt(activation.Files(true)) }

// adopt makes listeners of files, and closes these.
func adopt(files []*os.File) (*Sockets, error) {
	s := &Sockets{}
	var failed error
	for _, f := range files {
		ln, err := net.FileListener(f)
		f.Close() // the listener has its own
		switch {
		case err == nil:
			s.left = append(s.left, socket{f.Name(), ln})
		case failed == nil:
			failed = fmt.Errorf("socket %s of the service manager: %w: want one that listens for connections", f.Name(), err)
		}
	}
	if failed != nil {
		s.Close()
		return nil, failed
	}
	return s, nil
}

// Take hands out the sockets that have this name or, if there is none, that listen on
// this address: one unit may then have the sockets of several listeners. address is
// host:port, or the path of a Unix socket where network is "unix".
func (s *Sockets) Take(name, network, address string) []net.Listener {
	if taken := s.take(func(c socket) bool { return c.name == name }); len(taken) > 0 {
		return taken
	}
	return s.take(func(c socket) bool { return at(c.Addr(), network, address) })
}

func (s *Sockets) take(wanted func(socket) bool) (taken []net.Listener) {
	var left []socket
	for _, c := range s.left {
		if wanted(c) {
			taken = append(taken, c.Listener)
		} else {
			left = append(left, c)
		}
	}
	s.left = left
	return taken
}

// Unclaimed is an error that names what nobody took: its clients would wait for ever.
func (s *Sockets) Unclaimed() error {
	if len(s.left) == 0 {
		return nil
	}
	c := s.left[0]
	return fmt.Errorf("socket %s of the service manager: no listener has this name, nor its address %s", c.name, c.Addr())
}

// Close closes what is left, in this process only.
func (s *Sockets) Close() {
	for _, c := range s.left {
		c.Listener.Close()
	}
	s.left = nil
}

// at reports whether a bound address is the one that a file says. Without a host every
// address is meant.
func at(bound net.Addr, network, address string) bool {
	b, ok := bound.(*net.TCPAddr)
	if !ok {
		return bound.Network() == network && bound.String() == address
	}
	if network == "unix" {
		return false
	}
	a, err := net.ResolveTCPAddr(network, address)
	if err != nil || a.Port != b.Port {
		return false
	}
	if len(a.IP) == 0 {
		return b.IP.IsUnspecified()
	}
	return a.IP.Equal(b.IP)
}
