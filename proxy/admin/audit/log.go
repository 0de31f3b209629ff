package audit

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/proxy/admin/api"
)

// Options say where a Log keeps its entries.
type Options struct {
	// Dir has the files audit.log and, older, audit.log.1 and so on. It is made if it
	// is not there. "": the latest 1000 entries are kept in memory.
	Dir string
	// MaxSize is how large a file becomes, in bytes. Default 8 MiB.
	MaxSize int64
	// Older is how many files are kept besides. Default 9.
	Older int
	// Trouble hears when entries can no longer be written, and nil when they can again;
	// from one goroutine. May be nil.
	Trouble func(error)
}

const (
	kept    = 1000            // entries in memory
	waiting = 1024            // entries that wait for the disk
	again   = 2 * time.Second // between two tries to write one
	patient = time.Second     // is how long Keep waits for the disk
)

// maxDetail bounds what an entry keeps of a refusal, in bytes: of a file with hundreds of
// faults the first.
const maxDetail = 4 << 10

// Log is the audit log. Its methods may be called from any goroutine.
type Log struct {
	files   files
	reading sync.Mutex // one page at a time: each may be work
	queue   chan job   // nil: in memory only
	heard   func(error)

	mu struct {
		sync.Mutex
		ring []api.AuditEntry // oldest first, at most kept
		next uint64           // the ID of the next one
		lost uint64           // found no room to wait for the disk
		err  error            // why entries wait; nil: they do not
	}
}

// job is an entry on its way to the disk.
type job struct {
	entry api.AuditEntry
	done  chan struct{} // closed when it is written
}

// New goes on behind the entries in o.Dir. It starts nothing; what cannot be read is
// told by Status, and to o.Trouble once Run runs.
func New(o Options) *Log {
	if o.MaxSize <= 0 {
		o.MaxSize = 8 << 20
	}
	if o.Older <= 0 {
		o.Older = 9
	}
	l := &Log{files: files{dir: o.Dir, maxSize: o.MaxSize, older: o.Older}, heard: o.Trouble}
	if l.heard == nil {
		l.heard = func(error) {}
	}
	l.mu.next = 1
	if o.Dir == "" {
		return l
	}
	l.queue = make(chan job, waiting)
	_, l.mu.err = l.files.newest(math.MaxUint64, l.most(), func(id uint64, line []byte) bool {
		var e api.AuditEntry
		if json.Unmarshal(line, &e) == nil {
			l.mu.ring = append(l.mu.ring, e)
			l.mu.next = max(l.mu.next, id+1)
		}
		return len(l.mu.ring) < kept
	})
	if l.mu.err != nil && l.mu.next == 1 {
		// What IDs there are is unknown, and each is given once: the clock is ahead of them.
		l.mu.next = uint64(time.Now().UnixMilli())
	}
	slices.Reverse(l.mu.ring)
	return l
}

// most bounds what is read for one page, in bytes: a whole file, to come to where it
// begins, and as much again.
func (l *Log) most() int64 { return 2 * l.files.maxSize }

// Add keeps an entry, with an ID and the present time, and waits for nothing.
func (l *Log) Add(e api.AuditEntry) { l.add(e) }

// Keep is Add that waits until the entry is written, for at most a second: the answer to
// a change should not be there before its line, but rather than never.
func (l *Log) Keep(e api.AuditEntry) {
	done := l.add(e)
	if done == nil {
		return
	}
	t := time.NewTimer(patient)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// add returns what is closed when the entry is written; nil: it is not worth waiting for.
func (l *Log) add(e api.AuditEntry) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(e.Detail) > maxDetail {
		e.Detail = strings.ToValidUTF8(e.Detail[:maxDetail], "") + "..."
	}
	e.ID, e.At = l.mu.next, time.Now().UTC().Truncate(time.Millisecond)
	l.mu.next++
	if len(l.mu.ring) == kept {
		l.mu.ring = l.mu.ring[:copy(l.mu.ring, l.mu.ring[1:])]
	}
	l.mu.ring = append(l.mu.ring, e)
	if l.queue == nil {
		return nil
	}
	j := job{entry: e, done: make(chan struct{})}
	select {
	case l.queue <- j:
		if l.mu.err != nil {
			return nil
		}
		return j.done
	default:
		l.mu.lost++
		return nil
	}
}

// Run writes entries until ctx ends, and then those that still wait, as far as the disk
// takes them.
func (l *Log) Run(ctx context.Context) {
	if l.queue == nil {
		return
	}
	if err := l.Status().Err; err != nil {
		l.heard(err)
	}
	for {
		select {
		case j := <-l.queue:
			l.write(ctx, j)
		case <-ctx.Done():
			for len(l.queue) > 0 {
				l.write(ctx, <-l.queue)
			}
			return
		}
	}
}

// write tries until the entry is written, or ctx has ended.
func (l *Log) write(ctx context.Context, j job) {
	for {
		err := l.files.add(j.entry)
		l.note(err)
		if err == nil {
			close(j.done)
			return
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return
		}
	}
}

func (l *Log) note(err error) {
	l.mu.Lock()
	was := l.mu.err
	l.mu.err = err
	l.mu.Unlock()
	if (was == nil) != (err == nil) {
		l.heard(err)
	}
}

// Status is how a Log is.
type Status struct {
	Err  error  // why entries are not written; nil: they are
	Lost uint64 // entries that found no room to wait for the disk
}

// Status is how it is now.
func (l *Log) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Status{l.mu.err, l.mu.lost}
}

// Page is the newest entries before an ID (0: all) that of wants, newest first, at most
// limit. next is the ID to go on before; 0: there are no older ones. A page may have fewer
// than limit although there are: how much is read for it is bounded.
func (l *Log) Page(before uint64, of Of, limit int) (page []api.AuditEntry, next uint64, err error) {
	if before == 0 {
		before = math.MaxUint64
	}
	full := func() bool {
		if len(page) == limit {
			next = page[limit-1].ID
		}
		return next > 0
	}
	l.mu.Lock()
	oldest := l.mu.next
	for i := len(l.mu.ring) - 1; i >= 0 && next == 0; i-- {
		e := &l.mu.ring[i]
		oldest = e.ID
		if e.ID < before && of.has(e) && !full() {
			page = append(page, *e)
		}
	}
	l.mu.Unlock()
	if next > 0 || l.queue == nil || oldest <= 1 {
		return page, next, nil
	}
	seen := min(before, oldest) // older ones are not in memory
	marks := of.marks()
	l.reading.Lock()
	defer l.reading.Unlock()
	left, err := l.files.newest(seen, l.most(), func(id uint64, line []byte) bool {
		if id >= seen { // in a file that has just got another name
			return true
		}
		seen = id
		if !marked(line, marks) {
			return true
		}
		var e api.AuditEntry
		if json.Unmarshal(line, &e) == nil && !full() {
			page = append(page, e)
		}
		return next == 0
	})
	switch {
	case err != nil || next > 0 || !left:
	case seen == min(before, oldest):
		err = errors.New("no entry in the last part of the file")
	default:
		next = seen
	}
	return page, next, err
}
