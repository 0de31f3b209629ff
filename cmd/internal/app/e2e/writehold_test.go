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
func holding(most, onExpiry string, exec ...string) string {
	words := make([]string, len(exec))
	for i, w := range exec {
		words[i] = strconv.Quote(w)
	}
	return fmt.Sprintf(`rollout:
  strategy: blue_green
  bake: 10m
  write_hold: {max: %s, max_requests: 2000, max_bytes: 64MiB, on_expiry: %s}
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

// Promise: a switch that writes are held over, 500 a second for two seconds, loses none of
// them and sends none twice; they go on in the order in which they came, and the version
// before gets none from the proof on that all of its own have ended. Reads go on.
func TestWritesAreHeldOverASwitch(t *testing.T) {
	const rate, waiting = 500, 1000
	v1, v2, w := newBackend(t), newSerial(t), newWeir(t)
	done := filepath.Join(w.dir, "go")
	hook := []string{"/bin/sh", "-c", "until test -e " + done + "; do sleep 0.02; done"}
	w.run(conf{versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, extra: holding("20s", "reject", hook...)})
	writes := newSequence(t, w, rate)
	reads := startLoad(t, loadOptions{addr: w.web, rate: 100, prefix: "r", most: 100})
	writes.until("steady traffic", func() bool { return writes.sofar() > rate/2 && reads.sofar() > 50 })
	w.startRollout("v2")
	writes.until("hold", func() bool { h := w.upstream().Writes.Hold; return h != nil && h.InForce })
	began, during := time.Now(), reads.sofar()
	writes.until("two seconds' writes that wait", func() bool {
		return time.Since(began) >= 2*time.Second && w.upstream().Writes.Hold.Waiting >= waiting
	})
	took := time.Since(began)
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	writes.until("switch", func() bool { return w.upstream().Split["v2"].Share == 1 })
	if n := reads.sofar() - during; n < 50 {
		t.Errorf("%d reads were answered while writes were held, want them to go on", n)
	}
	n := writes.sofar()
	writes.until("writes after the switch", func() bool { return writes.sofar() > n+waiting+rate/2 })
	shots := append(writes.end(), reads.end()...)
	noFailures(t, shots)
	if r := w.rollout(); r.State != "baking" {
		t.Errorf("the rollout is %s: %s", r.State, r.Reason)
	}

	hold := w.upstream().Writes.Hold
	if hold == nil || !hold.Drained || hold.Expired {
		t.Fatalf("the hold was %+v, want it drained and ended", hold)
	}
	proof := hold.Since.Add(time.Duration(hold.DrainedAfter * float64(time.Millisecond)))
	old, now := writesOf(v1), v2.writes()
	got := map[string]int{}
	for _, r := range old {
		if got[r.id]++; r.at.After(proof) || r.done.After(proof.Add(time.Millisecond)) {
			t.Errorf("write %s came to v1 at %v and was answered at %v: behind the proof of %v", r.id, r.at, r.done, proof)
		}
	}
	for _, id := range now {
		got[id]++
	}
	for _, s := range shots {
		if s.method == http.MethodPost && got[s.id] != 1 {
			t.Errorf("write %s was received %d times", s.id, got[s.id])
		}
	}
	writes.check(now)
	t.Logf("held for %v; %d writes, %d of them on v1, in %d parts of known order; %d under way at the beginning had ended after %.1f ms",
		took.Round(time.Millisecond), len(old)+len(now), len(old), writes.era, hold.Before, hold.DrainedAfter)
}

// Promise: whatever becomes of the command that is waited for while writes are held,
// they flow again within the hold's max, where they did.
func TestHeldWritesGoOnWithoutTheirHook(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
