package app

import (
	"net"
	"testing"

	"weir/config"
)

// TestListenOnIPv4 has 0.0.0.0 listen on no address of IPv6, and an address without a
// host on both.
func TestListenOnIPv4(t *testing.T) {
	for _, c := range []struct {
		address string
		network string // of the address that is listened on
	}{{"0.0.0.0:0", "0.0.0.0"}, {"127.0.0.1:0", "127.0.0.1"}, {":0", "::"}} {
		cfg := &config.Config{Listeners: []config.Listener{{Name: "web", Address: c.address}}}
		cfg.Admin.Address = "127.0.0.1:0"
		ls, err := listen(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		got := ls.traffic[0].Addr().(*net.TCPAddr).IP.String()
		ls.close()
		if v6, err := net.Listen("tcp6", "[::1]:0"); err != nil {
			t.Skip("there is no IPv6 here")
		} else {
			v6.Close()
		}
		if got != c.network {
			t.Errorf("%s listens on %s, want %s", c.address, got, c.network)
		}
	}
}
