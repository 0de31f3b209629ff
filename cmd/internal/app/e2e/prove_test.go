//go:build prove && !race

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The proofs in this file measure time and memory, so they want a machine to
// themselves; `make prove` runs them.

// TestProveDeadCandidate measures, in 20 runs, how long a dead candidate at a
// tenth of 1000 requests a second goes on getting requests.
func TestProveDeadCandidate(t *testing.T) {
	const runs, slowest, median = 20, 250 * time.Millisecond, 100 * time.Millisecond
	var out []time.Duration
	for i := range runs {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			_, v2, w := threefold(t, ramp)
			v2.fails(500)
			l := startLoad(t, loadOptions{addr: w.web, rate: 1000, prefix: "prove"})
			eventually(t, "steady traffic", func() bool { return l.sofar() > 1000 })
			w.startRollout("v2")
			w.rolloutIs("reverted")
			noFailures(t, l.end())
			log := v2.received()
			out = append(out, log[len(log)-1].at.Sub(log[0].done))
		})
	}
	slices.Sort(out)
	t.Logf("first failure to last request: %v", out)
	if len(out) != runs || out[runs/2] > median || out[runs-1] > slowest {
		t.Errorf("median %v, slowest %v, want %v and %v at most", out[len(out)/2], out[len(out)-1], median, slowest)
	}
}

// TestProveStreamMemory measures what 1 GiB each way adds to the process.
func TestProveStreamMemory(t *testing.T) {
	const size, most = 1 << 30, 32 << 10 // KiB
	w := handled(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Backend", "here")
		w.Header().Set("X-Body-Hash", hash(nil))
		switch r.URL.Path {
		case "/up":
			io.Copy(io.Discard, r.Body)
		case "/down":
			io.Copy(w, &pattern{n: size})
		}
	}))
	noFailures(t, closedLoop(w.web, 4, 100))
	before := w.resident(t)
	res, err := http.Post("http://"+w.web+"/up", "application/octet-stream", io.LimitReader(&pattern{n: size}, size))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	up := w.resident(t)
	if res, err = http.Get("http://" + w.web + "/down"); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	res.Body.Close()
	down := w.resident(t)
	t.Logf("peak memory: %d KiB before, %d after 1 GiB up, %d after 1 GiB down", before, up, down)
	if down-before > most {
		t.Errorf("memory grew by %d KiB, want less than %d", down-before, most)
	}
}

// resident is the largest resident size of the child so far, in KiB.
func (w *weir) resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		if value, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			var kib int
			if _, err := fmt.Sscan(value, &kib); err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatal("no VmHWM in the status of the process")
	return 0
}
