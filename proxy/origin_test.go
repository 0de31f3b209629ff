package proxy

import (
	"net/netip"
	"strings"
	"testing"
)

// TestTrustedPeer is believed from the generation on that trusts it, and only then.
func TestTrustedPeer(t *testing.T) {
	up := one(t, headBackend(t, ""))
	r := start(t, up, Options{})
	lines := logged(t, r) // from the first request on, which may be logged later than it is answered
	c := r.dial(t)
	ask := func() string {
		c.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.test\r\nForwarded: for=192.0.2.7\r\n\r\n")
		return c.receive("GET").body
	}
	if head := ask(); !strings.Contains(head, "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n") || strings.Contains(head, "192.0.2.7") {
		t.Errorf("%q, want nothing of what the client says", head)
	}
	snap, err := NewSnapshot(2, []Route{{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{Request: HeaderEdits{
		Set: []Header{header("X-Client", "$client", " ", "$scheme")},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	policy := DefaultClients()
	policy.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	snap.Clients = &policy
	r.Publish(snap)
	head := ask()
	for _, want := range []string{
		"X-Client: 192.0.2.7 https\r\n", "X-Forwarded-For: 192.0.2.7, 127.0.0.1\r\n", "X-Forwarded-Proto: https\r\n",
		"X-Forwarded-Host: shop.test\r\n", "Forwarded: for=192.0.2.7, for=127.0.0.1;proto=http\r\n",
	} {
		if strings.Count(head, want) != 1 {
			t.Errorf("%q, want %q once", head, want)
		}
	}
	if got := lines(2)[1]; got.Client != "192.0.2.7" || got.Scheme != "https" {
		t.Errorf("logged %s by %s, want 192.0.2.7 by https, as the variables say", got.Client, got.Scheme)
	}
}
