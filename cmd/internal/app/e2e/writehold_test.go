//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// holding is a blue_green rollout whose switch waits, with writes held, for a command.
// Nothing reverts it: what a machine that is too busy makes of the burst behind a hold
// must not move writes back.
func holding(most, onExpiry string, exec ...string) string {
	words := make([]string, len(exec))
	for i, w := range exec {
		words[i] = strconv.Quote(w)
	}
	return fmt.Sprintf(`health: {passive: {mode: nginx}}
rollout:
  strategy: blue_green
  bake: 10m
  revert: {max_error_rate: 99%%, unusable_for: 1m}
  write_hold: {max: %s, max_requests: 2000, max_bytes: 64MiB, rate: 500, on_expiry: %s}
  gates: [{name: move, at: before_switch, held: true, exec: [%s], timeout: 30s, error_limit: 0}]
`, most, onExpiry, strings.Join(words, ", "))
}

// writesOf are the writes that a version has got, by id, in the order in which they came.
func writesOf(b *backend) (out []received) {
	for _, r := range b.received() {
		if r.method == http.MethodPost {
			out = append(out, r)
		}
	}
	return out
}

// Promise: a switch that writes are held over loses none of them and sends none twice;
// they start in their order, and the version before gets none from the proof on that all
// of its own have ended. Reads go on.
func TestWritesAreHeldOverASwitch(t *testing.T) { heldOverASwitch(t, 100) }

// heldOverASwitch shows it with so many writes a second.
func heldOverASwitch(t *testing.T, rate int) {
	v1, v2, w := manifold(t, 1, 0, holding("20s", "reject", "/bin/sleep", "2"))
	writes := startLoad(t, loadOptions{addr: w.web, rate: rate, postEvery: 1, prefix: "w"})
	reads := startLoad(t, loadOptions{addr: w.web, rate: 100, prefix: "r", most: 200})
	eventually(t, "steady traffic", func() bool { return writes.sofar() > rate/2 && reads.sofar() > 50 })
	w.startRollout("v2")
	eventually(t, "writes are held", func() bool { h := w.upstream().Writes.Hold; return h != nil && h.InForce })
	during := reads.sofar()
	most := 0
	eventually(t, "the switch", func() bool {
		u := w.upstream()
		most = max(most, u.Writes.Hold.Waiting)
		return u.Split["v2"].Share == 1
	})
	if n := reads.sofar() - during; n < 50 {
		t.Errorf("%d reads were answered while writes were held, want them to go on", n)
	}
	n := writes.sofar()
	eventually(t, "writes after the switch", func() bool { return writes.sofar() > n+rate })
	shots := append(writes.end(), reads.end()...)
	noFailures(t, shots)

	hold := w.upstream().Writes.Hold
	if hold == nil || !hold.Drained || hold.Expired || most < rate {
		t.Fatalf("the hold was %+v with %d waiting, want it drained and ended, with most of two seconds' writes in it", hold, most)
	}
	proof := hold.Since.Add(time.Duration(hold.DrainedAfter * float64(time.Millisecond)))
	old, now := writesOf(v1), writesOf(v2)
	got := map[string]int{}
	for _, r := range old {
		if got[r.id]++; r.at.After(proof) || r.done.After(proof.Add(time.Millisecond)) {
			t.Errorf("write %s came to v1 at %v and was answered at %v: behind the proof of %v", r.id, r.at, r.done, proof)
		}
	}
	last := 0
	for _, r := range now {
		got[r.id]++
		i, _ := strconv.Atoi(strings.TrimPrefix(r.id, "w-"))
		if i < last-rate/2 { // half a second: the test's own goroutines, on a busy machine
			t.Errorf("write %d came to v2 behind write %d", i, last)
		}
		last = max(last, i)
	}
	for _, s := range shots {
		if s.method == http.MethodPost && got[s.id] != 1 {
			t.Errorf("write %s was received %d times", s.id, got[s.id])
		}
	}
	t.Logf("%d writes, %d of them on v1; %d waited at most; %d under way at the beginning of the hold had ended after %.1f ms",
		len(old)+len(now), len(old), most, hold.Before, hold.DrainedAfter)
}

// Promise: whatever becomes of the command that is waited for while writes are held,
// they flow again within the hold's max, where they did.
func TestHeldWritesGoOnWithoutTheirHook(t *testing.T) {
	for name, tt := range map[string]struct {
		max    string
		within time.Duration
		end    func(t *testing.T, pidFile string)
		reason string
	}{
		"hangs": {"1s", 4 * time.Second, func(*testing.T, string) {}, "write_hold"},
		"is killed": {"20s", 10 * time.Second, func(t *testing.T, pidFile string) {
			var pid int
			eventually(t, "the command runs", func() bool {
				in, err := os.ReadFile(pidFile)
				pid, _ = strconv.Atoi(strings.TrimSpace(string(in)))
				return err == nil && pid > 0
			})
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}, "move"},
	} {
		t.Run(name, func(t *testing.T) {
			pidFile := filepath.Join(t.TempDir(), "pid")
			hang := []string{"/bin/sh", "-c", "echo $$ > " + pidFile + "; exec sleep 60"}
			_, v2, w := manifold(t, 1, 0, holding(tt.max, "release", hang...))
			writes := startLoad(t, loadOptions{addr: w.web, rate: 100, postEvery: 1, prefix: "w"})
			eventually(t, "steady traffic", func() bool { return writes.sofar() > 50 })
			w.startRollout("v2")
			eventually(t, "writes are held", func() bool { h := w.upstream().Writes.Hold; return h != nil && h.InForce })
			began := time.Now()
			tt.end(t, pidFile)
			w.rolloutIs("aborted")
			n := writes.sofar()
			eventually(t, "writes flow", func() bool { return writes.sofar() > n+100 })
			if took := time.Since(began); took > tt.within {
				t.Errorf("writes flowed again after %v, want %v at most", took, tt.within)
			}
			noFailures(t, writes.end())
			if got := writesOf(v2); len(got) > 0 {
				t.Errorf("%d writes came to v2, want none", len(got))
			}
			r := w.rollout()
			if !strings.Contains(r.Reason, tt.reason) {
				t.Errorf("the reason is %q, want %q in it", r.Reason, tt.reason)
			}
		})
	}
}

// Promise: an upstream that is read only refuses its writes, but for those that the file
// lets through, also after kill -9, until it is told otherwise. Reads go on.
func TestReadOnlyUpstream(t *testing.T) {
	_, _, w := manifold(t, 1, 0, "writes: {allow: [{method: POST, path: /login}], retry_after: 7s}")
	status := func(method, path string) int {
		req, err := http.NewRequest(method, "http://"+w.web+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == 503 && (res.Header.Get("X-Weir-Reason") != "read_only" || res.Header.Get("Retry-After") != "7") {
			t.Errorf("%s %s: %v, want read_only and 7 s", method, path, res.Header)
		}
		return res.StatusCode
	}
	check := func(when string, write int) {
		t.Helper()
		for path, want := range map[string]int{"GET /": 200, "POST /orders": write, "POST /login": 200} {
			method, path, _ := strings.Cut(path, " ")
			if got := status(method, path); got != want {
				t.Errorf("%s: %s %s: %d, want %d", when, method, path, got, want)
			}
		}
	}
	check("before", 200)
	if out, errs, code := w.cli("read-only", "api", "on", "--reason", "the database moves"); code != 0 || !strings.Contains(out, "): the database moves") {
		t.Fatalf("weir read-only: %d %q %q", code, out, errs)
	}
	check("read only", 503)
	w.kill()
	w.start()
	check("after kill -9", 503)
	if out, _, _ := w.cli("status", "api"); !strings.Contains(out, "): the database moves") {
		t.Errorf("weir status says %q", out)
	}
	w.must("PUT", "/v1/upstreams/api/read-only", `{"on":false}`, nil)
	check("told otherwise", 200)
}
