package app

import (
	"net"
	"slices"
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
