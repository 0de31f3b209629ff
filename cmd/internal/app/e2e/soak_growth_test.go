//go:build soak && !race

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tally counts what happened, by what was done and how it ended.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	wrong  []string
}

func (a *tally) count(what, how string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	a.counts[what+": "+how]++
}

// found notes an error that nobody can explain.
func (a *tally) found(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wrong = append(a.wrong, fmt.Sprintf(format, args...))
}

func (a *tally) unexplained() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.wrong)
}

func (a *tally) report(t *testing.T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(a.counts)) {
		t.Logf("%8d  %s", a.counts[what], what)
	}
	t.Logf("%8d  unexplained", len(a.wrong))
	for _, w := range a.wrong[:min(len(a.wrong), 20)] {
		t.Errorf("unexplained: %s", w)
	}
}

// size is what the program holds while nobody asks for anything.
type size struct{ files, goroutines, resident int } // resident in KiB

// look waits until the program has let go of what the traffic needed: idle workers
// of the engine, the last of it, live for up to 20 s.
func (s *soak) look(when string) size {
	s.t.Helper()
	var now size
	calm := 0
	for end := time.Now().Add(3 * patience); calm < 110 && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		http.DefaultClient.CloseIdleConnections()
		next := size{files: s.w.files(s.t), goroutines: s.w.gauge(s.t, "go_goroutines"), resident: s.w.status(s.t, "VmRSS")}
		if next.files < now.files || next.goroutines < now.goroutines {
			calm = 0 // still going down
		}
		now = next
		calm++
	}
	s.t.Logf("%s: %d files, %d goroutines, %d KiB resident", when, now.files, now.goroutines, now.resident)
	return now
}

// compare tolerates what the moment of looking can change: a probe under way, the
// connection of the question itself, and a heap between two collections.
func (z size) compare(t *testing.T, before size) {
	t.Helper()
	const few, loose = 3, 16 << 10
	if z.files > before.files+few {
		t.Errorf("files grew from %d to %d", before.files, z.files)
	}
	if z.goroutines > before.goroutines+few {
		t.Errorf("goroutines grew from %d to %d", before.goroutines, z.goroutines)
	}
	if z.resident > before.resident+before.resident/10+loose {
		t.Errorf("memory grew from %d to %d KiB", before.resident, z.resident)
	}
}

// files counts the open file descriptors of the child.
func (w *weir) files(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// status reads a number of /proc/PID/status.
func (w *weir) status(t *testing.T, key string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return number(t, string(text), key+":")
}

// gauge reads a metric without labels.
func (w *weir) gauge(t *testing.T, name string) int {
	t.Helper()
	return number(t, w.metrics(), name+" ")
}

// number finds the number behind a word that begins a line.
func number(t *testing.T, text, word string) int {
	t.Helper()
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, word); ok {
			var n float64
			if _, err := fmt.Sscan(rest, &n); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			return int(n)
		}
	}
	t.Fatalf("no %q", word)
	return 0
}
