package proxy

import (
	"fmt"
	"net"
	"testing"
	"time"

	"weir/health/outcome"
)

// Of first attempts the verdict also knows how many ended with a 4xx, and which
// were slower than bounds that it has set.
func TestEvidenceOfFirstAttempts(t *testing.T) {
	var f failing
	answers := []string{"404 Not Found", "429 Slow Down", "200 OK", "301 Moved"}
	addr := rawBackend(t, f.script(func(nc net.Conn) {
		n := int(f.count.Load()) - 1
		time.Sleep(time.Millisecond)
		fmt.Fprintf(nc, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", answers[n%len(answers)])
	}))
	up := one(t, addr)
	up.Retry.Tries = 1
	v := up.Versions[0]
	v.Stats.SlowerThan([outcome.NumBounds]uint8{1, 100, 161})
	c := start(t, up, Options{}).dial(t)
	for range answers {
		c.get("/")
	}
	eventually(t, "4 requests over", func() bool { return up.Live.Users.Requests() == 4 })
	var got outcome.Totals
	v.Stats.Totals(&got)
	if got.ClientErrors != 2 || got.Requests() != 4 || got.Failures() != 0 {
		t.Errorf("%d of %d with a 4xx, %d failed, want 2 of 4 and none", got.ClientErrors, got.Requests(), got.Failures())
	}
	above := uint64(0) // on a busy machine the last byte may be seen to go late
	for _, n := range got.FirstLatency.Counts[2:] {
		above += n
	}
	if slow := v.Endpoints[0].Stats.Counts().Slow; above == 0 || slow[0] != above || slow[2] != 0 {
		t.Errorf("slow at the endpoint: %v, want %d above the first bound and none above the last", slow, above)
	}
	if got.FirstLatency.Count() != 4 || got.Latency.Count() != 4 {
		t.Errorf("latencies of %d first attempts, of %d in all, want 4 and 4", got.FirstLatency.Count(), got.Latency.Count())
	}
}

// A judged version remembers which requests failed, whoever has begun their traces.
func TestFailedRequestsAreNamed(t *testing.T) {
	f := newFailing(t, "500")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{cannedBackend(t)}},
		part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
	v2 := up.Versions[1]
	v2.Failures = &Failures{}
	c := start(t, up, Options{}).dial(t)
	const id = "0af7651916cd43dd8448eb211c80319c"
	c.get("/")
	c.send("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" + id + "-b7ad6b7169203331-01\r\n\r\n")
	if g := c.receive("GET"); g.StatusCode != 200 {
		t.Fatalf("%d, want the shield's 200", g.StatusCode)
	}
	var ids []string
	if seen := v2.Failures.Latest(&ids, 0); seen != 1 || len(ids) != 1 || ids[0] != id {
		t.Errorf("%d seen, %q; want the one that is in a trace", seen, ids)
	}
	for range 2 * maxFailures {
		c.send("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" + id[1:] + "a-b7ad6b7169203331-01\r\n\r\n")
		c.receive("GET")
	}
	if seen := v2.Failures.Latest(&ids, 1); seen != 2*maxFailures+1 || len(ids) != maxFailures || ids[0] != id[1:]+"a" {
		t.Errorf("%d seen, %d kept, the oldest %s", seen, len(ids), ids[0])
	}
}
