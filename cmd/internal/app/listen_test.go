package app

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/cmd/internal/app/systemd"
	"weir/config"
)

// TestListenOnOneFamily has 0.0.0.0 listen on no address of IPv6, [::] on none of IPv4,
// and an address without a host on both.
func TestListenOnOneFamily(t *testing.T) {
	loopbacks := map[string]string{"IPv4": "127.0.0.1", "IPv6": "::1"}
	if ln, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		delete(loopbacks, "IPv6") // this machine has none
	} else {
		ln.Close()
	}
	for address, families := range map[string][]string{
		"0.0.0.0:0": {"IPv4"}, "127.0.0.1:0": {"IPv4"}, "[::]:0": {"IPv6"}, ":0": {"IPv4", "IPv6"},
	} {
		if loopbacks[families[0]] == "" {
			continue
		}
		cfg := &config.Config{Listeners: []config.Listener{{Name: "web", Address: address}}}
		cfg.Admin.Address = "127.0.0.1:0"
		ls, err := listen(t.Context(), cfg, &systemd.Sockets{})
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(ls.traffic[0].Addr().String())
		for family, host := range loopbacks {
			conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
			if err == nil {
				conn.Close()
			}
			if want := slices.Contains(families, family); (err == nil) != want {
				t.Errorf("%s: over %s: %v, want it to listen there: %v", address, family, err, want)
			}
		}
		ls.close()
	}
}

// Where nobody is asked who he is, the address says who may come: nobody from elsewhere,
// and of this machine whom the socket's mode names.
func TestUnguarded(t *testing.T) {
	dir := t.TempDir()
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o660: false, 0o666: true, 0o777: true, 0o602: true} {
		path := filepath.Join(dir, mode.String())
		ln, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		err = unguarded(ln.Addr())
		if (err != nil) != want || want && !strings.Contains(err.Error(), "want SocketMode=0600") {
			t.Errorf("mode %04o: %v, want a refusal: %v", mode, err, want)
		}
	}
	for _, c := range []struct {
		addr net.Addr
		want string // "": it is good
	}{
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9900}, ""},
		{&net.TCPAddr{IP: net.IPv6loopback, Port: 9900}, ""},
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 9900}, "192.0.2.1:9900 is not a loopback address"},
		{&net.TCPAddr{IP: net.IPv6unspecified, Port: 9900}, "is not a loopback address"},
		{&net.UnixAddr{Name: "@weir", Net: "unix"}, "@weir is in no folder"},
		{&net.UnixAddr{Net: "unix"}, "in no folder"},
		{&net.UnixAddr{Name: filepath.Join(dir, "gone"), Net: "unix"}, "no such file"},
	} {
		if err := unguarded(c.addr); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.addr, err, c.want)
		}
	}
}
