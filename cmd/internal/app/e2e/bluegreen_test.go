//go:build !race

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// green is a blue_green rollout that waits for its approval, with all there is of
// preparation.
const green = `health: {active: {path: /health, interval: 1s, timeout: 30s, rise: 1}}
rollout:
  strategy: blue_green
  bake: 10m
  blue_green:
    preview: {header: X-Preview, value: a-green-one}
    warm_up: {requests: 20, path: /warm, connections: 16}
    smoke: [{path: /smoke, match: {body: {contains: ok}}}]
    approval: true
`

// greened runs Weir with so many endpoints of v2, prepares them and waits for the
// approval, under so many requests a second.
func greened(t *testing.T, endpoints, rate int) (v1, v2 *backend, w *weir, l *load) {
	t.Helper()
	v1, v2, w = manifold(t, endpoints, 0, green)
	l = startLoad(t, loadOptions{addr: w.web, rate: rate, postEvery: 10, prefix: "green", most: 200})
	eventually(t, "steady traffic", func() bool { return l.sofar() > rate/2 })
	w.startRollout("v2")
	w.rolloutIs("waiting_gate")
	return v1, v2, w, l
}

// movedTo demands that every request between two moments, and there were some, went
// to one version.
func movedTo(t *testing.T, shots []shot, version string, from, to time.Time) {
	t.Helper()
	n := 0
	for _, s := range shots {
		if s.sent.Before(from) || s.done.After(to) {
			continue
		}
		n++
		if s.version != version {
			t.Errorf("after the switch: %v; want it from %s", s, version)
			return
		}
	}
	if n < 100 {
		t.Errorf("%d requests after the switch prove nothing", n)
	}
}

// Promise: everything moves in one switch, and back in another, and no request is
// lost: the candidate is warm, checked and connected to before.
func TestBlueGreenSwitch(t *testing.T) {
	const rate = 2000
	_, v2, w, l := greened(t, 2, rate)
	for _, r := range v2.received() {
		if r.id != "" {
			t.Fatalf("a user's request %s reached the candidate before the switch", r.id)
		}
	}
	if n := v2.count(); n != 2*21 {
		t.Errorf("the candidate's endpoints were asked %d times, want 20 to warm up and a smoke check each", n)
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+w.web+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Preview", "a-green-one")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("X-Weir-Version"); got != "v2" || res.StatusCode != 200 {
		t.Errorf("the preview is answered %d by %s, want v2", res.StatusCode, got)
	}

	more := func() {
		n := l.sofar()
		eventually(t, "traffic after the switch", func() bool { return l.sofar() > n+rate })
	}
	before := w.upstream().Revision
	conns := v2.conns.Load()
	w.must("POST", "/v1/upstreams/api/rollout/promote", "", nil)
	there := time.Now()
	more()
	back := time.Now()
	w.must("POST", "/v1/upstreams/api/rollout/abort", "", nil)
	returned := time.Now()
	more()
	shots := l.end()
	noFailures(t, shots)
	movedTo(t, shots, "v2", there, back)
	movedTo(t, shots, "v1", returned, time.Now())
	if u := w.upstream(); u.Revision != before+2 || u.Stable != "v1" || u.Split["v1"].Share != 1 {
		t.Errorf("revision %d, stable %s, split %v; want two switches after %d, and all on v1", u.Revision, u.Stable, u.Split, before)
	}
	t.Logf("%d requests, %.0f a second of %d wanted; %d connections to the candidate before the switch, %d more after it",
		len(shots), float64(len(shots))/shots[len(shots)-1].done.Sub(shots[0].sent).Seconds(), rate, conns, v2.conns.Load()-conns)
}

// Promise: a candidate that dies five seconds after it got everything is replaced by
// the version before, which was kept warm, and no user of an idempotent request sees
// it die.
func TestGreenDiesAfterTheSwitch(t *testing.T) {
	const alone = 2 * decidedAt // with nothing to compare the rule takes two ticks
	// Five failures in a row take an endpoint out: that must not come first.
	v1, v2, w, l := greened(t, 30, 1000)
	w.must("POST", "/v1/upstreams/api/rollout/promote", "", nil)
	w.rolloutIs("baking")
	time.Sleep(5 * time.Second) // the promise names this time; nothing is waited for
	v2.fails(500)
	r := w.rolloutIs("reverted")
	n := l.sofar()
	eventually(t, "traffic after the revert", func() bool { return l.sofar() > n+100 })
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	bounded(t, v2, shots, alone)
	reverted(t, w, "rollout", "errors")
	if r.Report == nil || r.Report.SecondsToZero == nil {
		t.Fatalf("report %+v: want the seconds to zero", r.Report)
	}
	t.Logf("back on v1 %.0f ms after the first failure", 1000**r.Report.SecondsToZero)
}

// Promise: the way back after the end is one switch.
func TestUndoAfterBlueGreen(t *testing.T) {
	t.Parallel()
	_, _, w, l := greened(t, 2, 300)
	w.does("rollout", "promote", "api") // the approval
	w.does("rollout", "promote", "api") // the bake
	if r := w.rollout(); r.State != "succeeded" {
		t.Fatalf("rollout %+v, want it succeeded", r)
	}
	before := w.upstream()
	undone := time.Now()
	w.does("rollout", "undo", "api")
	returned := time.Now()
	n := l.sofar()
	eventually(t, "traffic after the undo", func() bool { return l.sofar() > n+300 })
	shots := l.end()
	noFailures(t, shots)
	movedTo(t, shots, "v1", returned, time.Now())
	u := w.upstream()
	if before.Stable != "v2" || u.Stable != "v1" || u.Split["v1"].Share != 1 || u.Revision != before.Revision+1 {
		t.Errorf("stable %s, split %v, revision %d; want one switch back to v1 after revision %d", u.Stable, u.Split, u.Revision, before.Revision)
	}
	t.Logf("undone in %v, the command included", returned.Sub(undone).Round(time.Millisecond))
}

// The example does what its first lines say.
func TestBlueGreenExample(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	preview := ground.FreeAddr(t)
	text, err := os.ReadFile(filepath.Join(root, "deploy/examples/blue-green.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w.writeText(strings.NewReplacer("127.0.0.1:3001", v1.addr, "127.0.0.1:3002", v2.addr, "127.0.0.1:8080", w.web,
		"127.0.0.1:8081", preview, "127.0.0.1:9900", w.admin, "interval: 2s", "interval: 200ms").Replace(string(text)))
	w.start()
	versions := func(when string, want, inside string) {
		t.Helper()
		for _, ask := range []struct{ addr, header, want string }{
			{w.web, "", want}, {w.web, "7f3a9c51d20e4b86", inside}, {w.web, "other", want}, {preview, "", inside},
		} {
			req, err := http.NewRequest(http.MethodGet, "http://"+ask.addr+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Preview", ask.header)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if got := res.Header.Get("X-Weir-Version"); got != ask.want || res.StatusCode != 200 {
				t.Errorf("%s, at %s with %q: %d by %s, want %s", when, ask.addr, ask.header, res.StatusCode, got, ask.want)
			}
		}
	}
	versions("without a rollout", "blue", "blue")
	w.does("rollout", "start", "api", "--to", "green", "--reason", "release 2")
	w.rolloutIs("waiting_gate")
	versions("before the switch", "blue", "green")
	w.does("rollout", "promote", "api")
	versions("after it", "green", "green")
	w.does("rollout", "abort", "api")
	versions("after the way back", "blue", "blue")
}

// A smoke check that fails moves nothing, and says what was answered where.
func TestFailedSmokeCheck(t *testing.T) {
	t.Parallel()
	_, v2, w := manifold(t, 2, 0, green)
	v2.does(func(_ int, r *http.Request) reply {
		if r.URL.Path == "/smoke" {
			return reply{status: 500}
		}
		return reply{}
	})
	w.does("rollout", "start", "api", "--to", "v2")
	r := w.rolloutIs("aborted")
	for _, part := range []string{"smoke check 1 of 1", "GET /smoke", "status 500", "want status 200-299"} {
		if !strings.Contains(r.Reason, part) {
			t.Errorf("reason %q, want one with %q", r.Reason, part)
		}
	}
	if u := w.upstream(); u.Split["v1"].Share != 1 || len(w.history()) != 1 {
		t.Errorf("split %v and %d revisions after an abort before the switch, want nothing moved", u.Split, len(w.history()))
	}
}
