package accesslog

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// What is recorded is in the file a second later, and nothing while the log is off.
func TestLines(t *testing.T) {
	l := run(t)
	if l.record(5, sample()); l.On() {
		t.Error("a new log is on")
	}
	file := l.use(t, Options{})
	l.record(3, sample())
	eventually(t, "three lines", func() bool { return countLines(t, file) == 3 })
	l.Use(nil)
	l.record(5, sample())
	l.stop()
	if n := countLines(t, file); n != 3 {
		t.Errorf("%d lines in the end, want 3", n)
	}
	if s := l.Stats(); s != (Stats{Lines: 3, OK: true}) {
		t.Errorf("%+v", s)
	}
}

// The end of Run writes what is left.
func TestFlushedAtTheEnd(t *testing.T) {
	l := run(t)
	file := l.use(t, Options{})
	l.record(100, sample())
	l.stop()
	if n := countLines(t, file); n != 100 {
		t.Errorf("%d lines after the end, want 100", n)
	}
}

// Format and file change while requests go on: nothing is lost, no line is mixed.
func TestChangesWhileRunning(t *testing.T) {
	l := run(t)
	first := l.use(t, Options{})
	const each, writers = 3000, 4
	var wg sync.WaitGroup
	var recorded atomic.Int64
	for w := range writers {
		wg.Go(func() {
			e := sample()
			for range each {
				l.Record(w, e)
				if recorded.Add(1)%50 == 0 {
					time.Sleep(time.Millisecond) // the owner wants to come too
				}
			}
		})
	}
	eventually(t, "a third is recorded", func() bool { return recorded.Load() > each*writers/3 })
	second := l.use(t, Options{Template: Combined()})
	l.Reopen()
	eventually(t, "two thirds are recorded", func() bool { return recorded.Load() > each*writers*2/3 })
	third := l.use(t, Options{})
	wg.Wait()
	l.stop()
	s := l.Stats()
	if s.Lines+s.Dropped != each*writers || s.Lost > 0 {
		t.Errorf("%d recorded, but %+v", each*writers, s)
	}
	if n := countLines(t, first) + countLines(t, second) + countLines(t, third); uint64(n) != s.Lines {
		t.Errorf("%d lines in the files, %d were written", n, s.Lines)
	}
	for _, file := range []string{first, third} {
		for line := range strings.Lines(read(t, file)) {
			if !json.Valid([]byte(line)) {
				t.Fatalf("not JSON: %s", line)
			}
		}
	}
}

// Without anybody to empty the buffers every entry is either there or counted as
// dropped, and nobody waits.
func TestDropsAreCounted(t *testing.T) {
	l := New(zerolog.Nop())
	p, err := Open(Options{File: Stderr, Rule: everything})
	if err != nil {
		t.Fatal(err)
	}
	l.Use(p)
	var wg sync.WaitGroup
	const each, writers = 2000, 8
	for w := range writers {
		wg.Go(func() {
			for range each {
				l.Record(w, sample())
			}
		})
	}
	wg.Wait()
	kept := 0
	for i := range l.shards {
		if b := l.shards[i].filling; b != nil {
			kept += len(b.entries)
		}
	}
	if got := kept + int(l.Stats().Dropped); got != each*writers {
		t.Errorf("%d kept and %d dropped of %d", kept, l.Stats().Dropped, each*writers)
	}
	if l.Stats().Dropped == 0 || kept < bufferEntries {
		t.Errorf("%d kept, %d dropped: want a full house and some outside", kept, l.Stats().Dropped)
	}
}
