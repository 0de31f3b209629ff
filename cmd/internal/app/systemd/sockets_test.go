package systemd

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// file is what a manager passes of a socket, by that name.
func file(t *testing.T, name string, s interface{ File() (*os.File, error) }) *os.File {
	t.Helper()
	f, err := s.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), name)
}

func TestSocketsAreTakenByNameThenByAddress(t *testing.T) {
	tcp := func(address string) *net.TCPListener {
		t.Helper()
		ln, err := net.Listen("tcp4", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		return ln.(*net.TCPListener)
	}
	path := filepath.Join(t.TempDir(), "s")
	unix, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close() })
	named, more, byAddress, every := tcp("127.0.0.1:0"), tcp("127.0.0.1:0"), tcp("127.0.0.1:0"), tcp("0.0.0.0:0")
	_, port, _ := net.SplitHostPort(byAddress.Addr().String())
	_, anyPort, _ := net.SplitHostPort(every.Addr().String())

	s, err := adopt([]*os.File{
		file(t, "web", named), file(t, "web", more), file(t, "weir.socket", byAddress), file(t, "weir.socket", every), file(t, "weir.socket", unix),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, tt := range []struct {
		name, network, address string
		want                   []net.Addr
	}{
		{"other", "tcp", "127.0.0.2:" + port, nil},
		{"other", "tcp", "127.0.0.1:1", nil},
		{"other", "unix", "127.0.0.1:" + port, nil},
		{"other", "tcp", "localhost:" + port, []net.Addr{byAddress.Addr()}},
		{"other", "tcp4", "0.0.0.0:" + anyPort, []net.Addr{every.Addr()}},
		{"web", "tcp", "127.0.0.1:1", []net.Addr{named.Addr(), more.Addr()}},
		{"web", "tcp", "127.0.0.1:1", nil}, // taken
		{"admin", "unix", path, []net.Addr{unix.Addr()}},
	} {
		got := s.Take(tt.name, tt.network, tt.address)
		same := len(got) == len(tt.want)
		for i := range got {
			same = same && got[i].Addr().String() == tt.want[i].String()
			got[i].Close()
		}
		if !same {
			t.Errorf("Take(%q, %q, %q) = %v, want %v", tt.name, tt.network, tt.address, got, tt.want)
		}
	}
	if err := s.Unclaimed(); err != nil {
		t.Errorf("all are taken: %v", err)
	}
}

func TestSocketNobodyTakesIsNamed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	s, err := adopt([]*os.File{file(t, "wbe", ln.(*net.TCPListener))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Unclaimed(); err == nil || !strings.Contains(err.Error(), "wbe") || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("Unclaimed = %v, want the name and the address", err)
	}
}

func TestOnlyListenersAreTakenOver(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := adopt([]*os.File{file(t, "dns", conn.(*net.UDPConn))}); err == nil || !strings.Contains(err.Error(), "dns") {
		t.Errorf("a datagram socket: %v, want it refused by name", err)
	}
}

func TestNothingInherited(t *testing.T) {
	s, err := Inherit()
	if err != nil || len(s.Take("web", "tcp", ":80")) != 0 || s.Unclaimed() != nil {
		t.Errorf("without a manager: %v, %v, want no sockets", s, err)
	}
}
