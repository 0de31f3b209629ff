package admin

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/proxy/admin/access"
)

func TestReplays(t *testing.T) {
	p := newReplays(10, 1000)
	now := fakeTime
	key := replayKey{access.Who{Name: "ann"}, "k"}
	mine, other := fingerprint{1}, fingerprint{2}
	want := func(what string, key replayKey, of fingerprint, want begun, status int) {
		t.Helper()
		got, answer := p.begin(key, of, now)
		if got != want || (answer != nil) != (status != 0) || (answer != nil && answer.status != status) {
			t.Errorf("%s: %d %+v, want %d and status %d", what, got, answer, want, status)
		}
	}
	want("first", key, mine, fresh, 0)
	want("while it runs", key, mine, running, 0)
	want("another, while it runs", key, other, another, 0)
	want("somebody else's key", replayKey{access.Who{Name: "bob"}, "k"}, other, fresh, 0)
	p.end(key, nil, now)
	want("after a failure", key, mine, fresh, 0)
	p.end(key, &kept{status: 201}, now)
	want("answered", key, mine, again, 201)
	want("another, then", key, other, another, 0)
	now = now.Add(replaysFor - 1)
	want("within a day", key, mine, again, 201)
	now = now.Add(1)
	want("after it", key, other, fresh, 0)
	p.end(key, &kept{body: make([]byte, 1001)}, now)
	want("too large to be kept", key, mine, fresh, 0)
}

// TestReplaysModel compares with a list: who comes again gets his own answer or, when
// the bounds have taken it, is served afresh; the oldest go first, and the bounds hold.
func TestReplaysModel(t *testing.T) {
	type entry struct {
		key    replayKey
		of     fingerprint
		answer *kept
		at     time.Time
	}
	rapid.Check(t, func(t *rapid.T) {
		most, bytes := rapid.IntRange(1, 5).Draw(t, "most"), rapid.IntRange(1, 100).Draw(t, "bytes")
		p := newReplays(most, bytes)
		now := fakeTime
		var done []entry // the oldest first
		open := map[replayKey]fingerprint{}
		size := func() (n int) {
			for _, e := range done {
				n += e.answer.size()
			}
			return n
		}
		evict := func() {
			for len(done) > 0 && (len(done) > most || size() > bytes || now.Sub(done[0].at) >= replaysFor) {
				done = done[1:]
			}
		}
		bounded := func() {
			t.Helper()
			if p.mu.done.Len() > most || p.mu.size > bytes || p.mu.size != size() || len(p.mu.by) != len(done)+len(open) {
				t.Fatalf("%d answers, %d bytes, %d keys; want %d, %d, %d, and at most %d and %d",
					p.mu.done.Len(), p.mu.size, len(p.mu.by), len(done), size(), len(done)+len(open), most, bytes)
			}
		}
		for range rapid.IntRange(1, 100).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(replaysFor/3)).Draw(t, "later")))
			key := replayKey{key: fmt.Sprint(rapid.IntRange(0, 7).Draw(t, "key"))}
			of := fingerprint{byte(rapid.IntRange(0, 1).Draw(t, "print"))}
			if _, ok := open[key]; ok && rapid.Bool().Draw(t, "ends") {
				var answer *kept
				if rapid.Bool().Draw(t, "answered") {
					answer = &kept{header: http.Header{"X": {"y"}}, body: make([]byte, rapid.IntRange(0, 120).Draw(t, "size"))}
				}
				p.end(key, answer, now)
				if answer != nil && answer.size() <= bytes {
					done = append(done, entry{key, open[key], answer, now})
				}
				delete(open, key)
				evict()
				bounded()
				continue
			}
			got, answer := p.begin(key, of, now)
			evict()
			want, wantAnswer := fresh, (*kept)(nil)
			under, isOpen := open[key]
			i := slices.IndexFunc(done, func(e entry) bool { return e.key == key })
			switch {
			case isOpen && under == of:
				want = running
			case isOpen, i >= 0 && done[i].of != of:
				want = another
			case i >= 0:
				want, wantAnswer = again, done[i].answer
			default:
				open[key] = of
			}
			if got != want || answer != wantAnswer {
				t.Fatalf("key %s: %d %p, want %d %p", key.key, got, answer, want, wantAnswer)
			}
			bounded()
		}
	})
}
