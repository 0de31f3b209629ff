package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"weir/health/outcome"
)

// saying is a backend that answers with a word and a status.
func saying(t testing.TB, status int, word string) string {
	return backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, word)
	})
}

// ask sends a GET with more header lines and reads the answer.
func (c *client) ask(lines string) got {
	c.t.Helper()
	c.send("GET / HTTP/1.1\r\nHost: weir.test\r\n" + lines + "\r\n")
	return c.receive("GET")
}

func TestPins(t *testing.T) {
	up := upstreamOf(t,
		part{name: "v1", weight: 100, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 0, addresses: []string{saying(t, 200, "v2")}},
	)
	up.Pins = []Pin{
		{Version: "v2", Header: "x-version", Value: "next"},
		{Version: "v2", Cookie: "preview", Value: "on"},
		{Version: "v2", Header: "x-inside", Value: "1", From: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		{Version: "v1", Header: "x-version", Value: "old"},
	}
	r := start(t, up, Options{}, func(c *Clients) { c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	c := r.dial(t)
	for lines, want := range map[string]string{
		"":                                             "v1",
		"X-Version: next\r\n":                          "v2",
		"x-version: next\r\n":                          "v2",
		"X-Version: Next\r\n":                          "v1",
		"X-Version: nex\r\n":                           "v1",
		"X-Version:\r\n":                               "v1",
		"X-Version: a\r\nX-Version: next\r\n":          "v2",
		"X-Version: old\r\n":                           "v1",
		"Cookie: a=b; preview=on\r\n":                  "v2",
		"Cookie: a=b\r\nCookie: preview=on\r\n":        "v2",
		"Cookie: preview=off\r\n":                      "v1",
		"Cookie: preview\r\n":                          "v1",
		"X-Inside: 1\r\n":                              "v1",
		"X-Inside: 1\r\nX-Forwarded-For: 10.1.2.3\r\n": "v2",
		"X-Inside: 1\r\nX-Forwarded-For: 11.1.2.3\r\n": "v1",
		"X-Inside: 1\r\nX-Forwarded-For: 10.1.2.3, 11.1.1.1\r\n": "v1",
	} {
		if g := c.ask(lines); g.body != want || g.StatusCode != 200 {
			t.Errorf("%q: %d %q, want %s", lines, g.StatusCode, g.body, want)
		}
	}
}

// TestPinsOfAListener: all that comes to it is for one version.
func TestPinsOfAListener(t *testing.T) {
	up := upstreamOf(t,
		part{name: "v1", weight: 100, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 0, addresses: []string{saying(t, 200, "v2")}},
	)
	up.Pins = []Pin{{Version: "v2", Listener: "preview"}}
	r := start(t, up, Options{})
	r.answersAs(t, "preview", "v1", "v2")
}

// TestPinnedIsNotJudged: what a tester meets neither counts for the verdict nor wakes
// it, and is not hidden from him by the shield.
func TestPinnedIsNotJudged(t *testing.T) {
	up := upstreamOf(t,
		part{name: "v1", weight: 100, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 0, addresses: []string{saying(t, 500, "v2")}, shielded: true},
	)
	up.Pins = []Pin{{Version: "v2", Header: "x-version", Value: "next"}}
	c := start(t, up, Options{}).dial(t)
	if g := c.ask("X-Version: next\r\n"); g.StatusCode != 500 || g.body != "v2" {
		t.Fatalf("%d %q, want the version's own answer", g.StatusCode, g.body)
	}
	if g := c.get("/"); g.body != "v1" {
		t.Fatalf("the next request: %q", g.body)
	}
	v1, v2 := up.Versions[0], up.Versions[1]
	if n := firsts(v2); n != [outcome.NumKinds]uint64{} {
		t.Errorf("first attempts of v2 %v, want none", n)
	}
	eventually(t, "the attempt is counted, apart", func() bool { return laters(v2)[outcome.Error] == 1 })
	eventually(t, "the other is judged", func() bool { return firsts(v1)[outcome.OK] == 1 })
	if n := laters(v1); n != [outcome.NumKinds]uint64{} || v2.Shield.Retries.Load() != 0 {
		t.Errorf("attempts on stable %v, want none for a tester", n)
	}
	if len(up.Live.Wake) > 0 {
		t.Error("the evaluator was woken")
	}
	if n := v2.Endpoints[0].Stats.Counts(); n.First != 0 || n.Failed != 1 {
		t.Errorf("endpoint: %+v, want one failure, not of a first attempt", n)
	}
	var stats outcome.Totals
	if v2.Stats.Totals(&stats); stats.Latency.Count() != 0 {
		t.Error("its latency is compared")
	}
	var users outcome.UserTotals
	if up.Live.Users.Totals(&users); users.Requests() != 2 || users.Errors != 1 {
		t.Errorf("users: %d requests, %d errors, want 2 and 1", users.Requests(), users.Errors)
	}
}

// TestPinnedStaysInItsVersion: when it is retried, and when nothing of the version is
// left.
func TestPinnedStaysInItsVersion(t *testing.T) {
	broken := rawBackend(t, func(_ net.Conn, br *bufio.Reader) { readRequest(br) })
	up := upstreamOf(t,
		part{name: "v1", weight: 100, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 0, addresses: []string{broken, saying(t, 200, "v2")}, shielded: true},
	)
	up.Retry.Tries = 3
	up.Pins = []Pin{{Version: "v2", Header: "x-version", Value: "next"}}
	c := start(t, up, Options{}).dial(t)
	for range 4 {
		if g := c.ask("X-Version: next\r\n"); g.body != "v2" {
			t.Fatalf("%d %q, want v2 after a retry there", g.StatusCode, g.body)
		}
	}
	shares := up.Split.Shares()
	up.Versions[1].Endpoints[1].Live.SetEjected(true)
	shares[1].Group.Rebuild()
	if g := c.ask("X-Version: next\r\n"); g.StatusCode != 502 {
		t.Errorf("%d %q, want the failure of the one that is left", g.StatusCode, g.body)
	}
	up.Versions[1].Endpoints[0].Live.SetEjected(true)
	shares[1].Group.Rebuild()
	g := c.ask("X-Version: next\r\n")
	if g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "pinned_version" {
		t.Errorf("%d %q, want 503 pinned_version", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	if g := c.get("/"); g.body != "v1" {
		t.Errorf("without the pin: %q", g.body)
	}
}

func TestNewSnapshotRefusesPins(t *testing.T) {
	for _, p := range []Pin{
		{Version: "v9", Header: "a", Value: "b"},
		{Version: "v1", Value: "b"},
		{Version: "v1", Header: "a"},
		{Version: "v1", Header: "a", Cookie: "b", Value: "c"},
		{Version: "v1", Header: "A", Value: "b"},
		{Version: "v1", Listener: "a", Value: "b"},
		{Version: "v1", Listener: "a", Header: "b"},
	} {
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{"127.0.0.1:1"}})
		up.Pins = []Pin{p}
		if _, err := NewSnapshot(1, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up}}); err == nil {
			t.Errorf("%+v accepted", p)
		}
	}
}
