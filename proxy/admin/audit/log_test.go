package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/proxy/admin/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run is a Log that writes until the test ends or stop is called.
func run(t *testing.T, o Options) (l *Log, stop func()) {
	t.Helper()
	l = New(o)
	return l, write(t, l)
}

// write has what is added written, until the test ends or stop is called.
func write(t *testing.T, l *Log) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(ctx) })
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return stop
}

func ids(t *testing.T, l *Log, before uint64, upstream string, limit int) (list []uint64, next uint64) {
	t.Helper()
	page, next, err := l.Page(before, Of{Upstream: upstream}, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page {
		list = append(list, e.ID)
	}
	return list, next
}

func want(t *testing.T, what string, got []uint64, gotNext uint64, next uint64, list ...uint64) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(list) || gotNext != next {
		t.Errorf("%s: %v, next %d, want %v, %d", what, got, gotNext, list, next)
	}
}

func TestLines(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	l, stop := run(t, Options{Dir: dir})
	l.Keep(api.AuditEntry{Author: "ann", Role: "operate", From: "192.0.2.1", Action: "split", Upstream: "api", Target: "v1=1", Result: api.ResultOK, Status: 200, Revision: 7})
	path := filepath.Join(dir, "audit.log")
	data, err := os.ReadFile(path) // it is there before the answer
	if err != nil {
		t.Fatal(err)
	}
	var e api.AuditEntry
	if err := json.Unmarshal(data, &e); err != nil || bytes.Count(data, []byte("\n")) != 1 || e.ID != 1 || e.Author != "ann" || time.Since(e.At) > time.Minute {
		t.Errorf("the file has %s (%v)", data, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	l.Add(api.AuditEntry{Action: "undo"})
	stop() // what waits is written
	if data, _ = os.ReadFile(path); bytes.Count(data, []byte("\n")) != 2 {
		t.Errorf("after the stop: %s", data)
	}
}

// A later process goes on behind the earlier one, also where that was cut off in a line,
// and gives its entries other IDs.
func TestGoesOn(t *testing.T) {
	dir := t.TempDir()
	l, stop := run(t, Options{Dir: dir})
	l.Keep(api.AuditEntry{Action: "one"})
	l.Keep(api.AuditEntry{Action: "two"})
	stop()
	path := filepath.Join(dir, "audit.log")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"id":3,"at":"20`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	l, _ = run(t, Options{Dir: dir})
	l.Keep(api.AuditEntry{Action: "three"})
	got, next := ids(t, l, 0, "", 10)
	want(t, "after a crash", got, next, 0, 3, 2, 1)
	again := New(Options{Dir: dir})
	got, next = ids(t, again, 0, "", 10)
	want(t, "read again", got, next, 0, 3, 2, 1)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600 again", info.Mode())
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	l, _ := run(t, Options{Dir: dir, MaxSize: 1000, Older: 2})
	for i := range 40 {
		l.Keep(api.AuditEntry{Action: "split", Target: fmt.Sprint(i)})
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 3 {
		t.Fatalf("files %v, want the newest and two older ones", files)
	}
	for _, f := range files {
		if info, _ := os.Stat(f); info.Size() > 1000 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %d bytes, mode %v", f, info.Size(), info.Mode())
		}
	}
	// Another process has in memory what the files still have.
	again := New(Options{Dir: dir, MaxSize: 1000, Older: 2})
	got, _ := ids(t, again, 0, "", 100)
	if len(got) < 8 || got[0] != 40 {
		t.Fatalf("entries %v, want the newest first", got)
	}
	for i, id := range got {
		if id != 40-uint64(i) {
			t.Fatalf("entries %v, want none twice or left out", got)
		}
	}
}

// Pages of any size have each entry once, newest first, from memory and from files.
func TestPages(t *testing.T) {
	dir := t.TempDir()
	l, stop := run(t, Options{Dir: dir, MaxSize: 100 << 10, Older: 20})
	const n = kept + 700
	for i := range n {
		l.Add(api.AuditEntry{Action: "split", Upstream: []string{"api", "web", ""}[i%3]})
		if i%500 == 0 {
			l.Keep(api.AuditEntry{Action: "reload"})
		}
	}
	stop()
	last := l.mu.next - 1
	for upstream, count := range map[string]int{"": int(last), "api": (n + 2) / 3, "none": 0} {
		for _, limit := range []int{97, 500, 1000} {
			var all []uint64
			for before := uint64(0); ; {
				page, next := ids(t, l, before, upstream, limit)
				if len(page) > limit || before > 0 && next >= before {
					t.Fatalf("a page of %d, next %d, want %d and less than %d", len(page), next, limit, before)
				}
				all = append(all, page...)
				if next == 0 {
					break
				}
				before = next
			}
			if len(all) != count || !slices.IsSortedFunc(all, func(a, b uint64) int { return cmp.Compare(b, a) }) || len(slices.Compact(all)) != count {
				t.Errorf("by %d of %q: %d entries, want %d, newest first", limit, upstream, len(all), count)
			}
		}
	}
}

// However much there is of others, little is read for a page: it says where to go on.
func TestPagesAreBounded(t *testing.T) {
	const size = 64 << 10
	l, stop := run(t, Options{Dir: t.TempDir(), MaxSize: size, Older: 40})
	l.Keep(api.AuditEntry{Action: "split", Upstream: "rare"})
	l.Keep(api.AuditEntry{Action: "start", Group: "shop"})
	for i := range 5 * kept {
		if i%500 == 0 {
			l.Keep(api.AuditEntry{}) // the queue is bounded, too
		}
		l.Add(api.AuditEntry{Action: "split", Upstream: "busy", Reason: strings.Repeat("x", 100)})
	}
	stop()
	of, pages, found := Of{Upstream: "rare", Groups: []string{"shop"}}, 0, 0
	for before := uint64(0); ; pages++ {
		page, next, err := l.Page(before, of, 100)
		if err != nil {
			t.Fatal(err)
		}
		if found += len(page); next == 0 {
			break
		}
		if before > 0 && before-next > 2*size/100 {
			t.Errorf("%d entries were looked at for a page, want at most about %d bytes", before-next, 2*size)
		}
		before = next
	}
	if found != 2 || pages < 4 || pages > 40 {
		t.Errorf("%d entries on %d pages, want both of the upstream and its group, by parts", found, pages+1)
	}
}

// The IDs of a log that cannot be read are unknown: later ones are others all the same.
func TestNumbersBehindAnUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	l, stop := run(t, Options{Dir: dir})
	for range 3 {
		l.Keep(api.AuditEntry{Action: "split"})
	}
	stop()
	path := filepath.Join(dir, "audit.log")
	if err := errors.Join(os.Rename(path, path+".away"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	l = New(Options{Dir: dir})
	if l.Status().Err == nil {
		t.Fatal("a folder instead of the file is no trouble")
	}
	l.Add(api.AuditEntry{Action: "undo"})
	if err := errors.Join(os.Remove(path), os.Rename(path+".away", path)); err != nil {
		t.Fatal(err)
	}
	stop = write(t, l)
	l.Add(api.AuditEntry{Action: "abort"})
	stop()
	list, _ := ids(t, New(Options{Dir: dir}), 0, "", 10)
	if len(list) != 5 || !slices.IsSortedFunc(list, func(a, b uint64) int { return cmp.Compare(b, a) }) || list[1] <= list[2] {
		t.Errorf("entries %v, want all five, each with an ID of its own, newest first", list)
	}
}

// A long refusal is cut, not lost.
func TestLongDetail(t *testing.T) {
	l := New(Options{})
	l.Add(api.AuditEntry{Detail: "weir.yaml:1:2: " + strings.Repeat("ä", maxDetail)})
	page, _, _ := l.Page(0, Of{}, 1)
	if d := page[0].Detail; !strings.HasPrefix(d, "weir.yaml:1:2: ä") || !strings.HasSuffix(d, "ä...") || len(d) > maxDetail+3 {
		t.Errorf("%d bytes: %.30q", len(d), d)
	}
}

// A disk that takes nothing delays nobody, is told, and gets everything afterwards.
func TestTrouble(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // where a directory should be
		t.Fatal(err)
	}
	told := make(chan error, 10)
	l, _ := run(t, Options{Dir: dir, Trouble: func(err error) { told <- err }})
	l.Add(api.AuditEntry{Action: "abort"})
	if err := <-told; err == nil || l.Status().Err == nil {
		t.Errorf("told %v, status %+v", err, l.Status())
	}
	began := time.Now()
	l.Keep(api.AuditEntry{Action: "undo"})
	if d := time.Since(began); d > patient/2 {
		t.Errorf("an answer waited %s for a disk that is known to be in trouble", d)
	}
	got, next := ids(t, l, 0, "", 1)
	want(t, "meanwhile", got, next, l.mu.next-1, l.mu.next-1)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil {
		t.Errorf("told %v, want that it is over", err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		data, _ := os.ReadFile(filepath.Join(dir, "audit.log"))
		if strings.Count(string(data), "\n") == 2 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the file has %s", data)
		}
	}
}

// What waits for the disk is bounded.
func TestQueueIsBounded(t *testing.T) {
	l := New(Options{Dir: t.TempDir()}) // nobody writes
	for range waiting + 5 {
		l.Add(api.AuditEntry{})
	}
	if s := l.Status(); s.Lost != 5 || s.Err != nil {
		t.Errorf("%+v, want 5 lost", s)
	}
	if len(l.mu.ring) != kept {
		t.Errorf("%d in memory, want %d", len(l.mu.ring), kept)
	}
}

func TestInMemory(t *testing.T) {
	l, _ := run(t, Options{})
	for range kept + 3 {
		l.Keep(api.AuditEntry{Action: "split"})
	}
	got, next := ids(t, l, 6, "", 10)
	want(t, "the oldest", got, next, 0, 5, 4)
	if s := l.Status(); s.Err != nil || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}
