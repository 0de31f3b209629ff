package admin

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

const someSplit = `{"weights":{"v1":90,"v2":10}}`

// calls is how many writes have come to the backend.
func (f *fakeBackend) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.mu.calls)
}

func TestIdempotencyKey(t *testing.T) {
	r := newRig(t, nil)
	split := func(body string, headers ...string) reply {
		t.Helper()
		return r.send("PUT", "/v1/upstreams/api/split", body, append(headers, "Content-Type", "application/json")...)
	}
	first := split(someSplit, api.IdempotencyKey, "k1")
	if first.status != 200 || first.header.Get(api.IdempotencyReplayed) != "" || r.backend.count() != 1 {
		t.Fatalf("first: %d %v, %d writes", first.status, first.header, r.backend.count())
	}
	for _, key := range []string{"k1", `"k1"`} { // as the draft writes it, too
		again := split(someSplit, api.IdempotencyKey, key)
		if again.status != 200 || again.header.Get(api.IdempotencyReplayed) != "true" || again.body != first.body ||
			again.header.Get("ETag") != first.header.Get("ETag") || again.header.Get("Content-Type") != "application/json" || r.backend.count() != 1 {
			t.Errorf("again with %s: %d %v %s, %d writes; want the first answer", key, again.status, again.header, again.body, r.backend.count())
		}
	}
	r.refused(split(`{"weights":{"v1":80,"v2":20}}`, api.IdempotencyKey, "k1"), 422, "another request")
	r.refused(split(someSplit, api.IdempotencyKey, "k1", "If-Match", `"7"`), 422, "another request")
	r.refused(r.send("POST", "/v1/upstreams/api/undo", "", api.IdempotencyKey, "k1"), 422, "another request")
	if n := r.backend.count(); n != 1 {
		t.Errorf("%d writes after the key was used for others, want 1", n)
	}
	split(someSplit)
	split(someSplit)
	split(someSplit, api.IdempotencyKey, "k2")
	if n := r.backend.count(); n != 4 {
		t.Errorf("%d writes, want one for each without a key and one for another key", n)
	}
}

// TestIdempotencyOfRefusals: what Weir has decided is said again; what it failed at may
// be tried again.
func TestIdempotencyOfRefusals(t *testing.T) {
	r := newRig(t, nil)
	promote := func() reply {
		return r.send("POST", "/v1/upstreams/api/rollout/promote", "", api.IdempotencyKey, "k")
	}
	r.backend.fail(&Refusal{Unavailable, "state: disk full"})
	for n := range 2 {
		if a := promote(); a.status != 503 || r.backend.count() != n+1 {
			t.Errorf("%d. try: %d, %d writes", n+1, a.status, r.backend.count())
		}
	}
	r.backend.fail(&Refusal{Conflict, "no rollout runs"})
	r.refused(promote(), 409, "no rollout runs")
	r.backend.fail(nil)
	again := promote()
	r.refused(again, 409, "no rollout runs")
	if r.backend.count() != 3 || again.header.Get(api.IdempotencyReplayed) != "true" {
		t.Errorf("%d writes, %v; want the refusal said again", r.backend.count(), again.header)
	}
}

func TestIdempotencyKeysThatAreNone(t *testing.T) {
	r := newRig(t, nil)
	for _, key := range []string{"", `""`, "two words", "caf\u00e9", `a"b`, `a\b`, strings.Repeat("x", 256)} {
		r.refused(r.send("POST", "/v1/upstreams/api/undo", "", api.IdempotencyKey, key), 400, api.IdempotencyKey)
	}
	r.refused(r.send("POST", "/v1/upstreams/api/undo", "", api.IdempotencyKey, "a", api.IdempotencyKey, "b"), 400, api.IdempotencyKey)
	r.refused(r.send("POST", "/v1/upstreams/api/undo", strings.Repeat(" ", maxBody+1), api.IdempotencyKey, "large"), 413, "at most")
	if n := r.backend.count(); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
	if a := r.send("GET", "/v1/status", "", api.IdempotencyKey, "two words"); a.status != 200 { // means nothing there
		t.Errorf("GET: %d", a.status)
	}
}

// slowBackend holds a write until it is let go.
type slowBackend struct {
	fakeBackend
	began chan struct{}
	let   chan struct{}
}

func (b *slowBackend) Undo(ctx context.Context, upstream string, to uint64, m Meta) (api.Upstream, error) {
	b.began <- struct{}{}
	<-b.let
	if err := ctx.Err(); err != nil {
		return api.Upstream{}, err
	}
	return b.fakeBackend.Undo(ctx, upstream, to, m)
}

func newSlowRig(t *testing.T) (*rig, *slowBackend) {
	t.Helper()
	b := &slowBackend{began: make(chan struct{}, 100), let: make(chan struct{})}
	return newRig(t, func(o *Options) { o.Backend = b }), b
}

// TestIdempotencyOfConcurrent sends the same request many times at once: one is served,
// the others are told to wait, and then get its answer.
func TestIdempotencyOfConcurrent(t *testing.T) {
	r, b := newSlowRig(t)
	undo := func() reply { return r.send("POST", "/v1/upstreams/api/undo", "", api.IdempotencyKey, "k") }
	var wg sync.WaitGroup
	wg.Go(func() {
		if a := undo(); a.status != 200 {
			t.Errorf("the first: %d", a.status)
		}
	})
	<-b.began
	for range 8 {
		wg.Go(func() {
			a := undo()
			r.refused(a, 409, "under way")
			if a.header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After %q, want 1", a.header.Get("Retry-After"))
			}
		})
	}
	r.refused(r.send("POST", "/v1/upstreams/api/undo", `{"to_revision":3}`, api.IdempotencyKey, "k"), 422, "another request")
	time.AfterFunc(50*time.Millisecond, func() { close(b.let) })
	wg.Wait()
	if a := undo(); a.status != 200 || a.header.Get(api.IdempotencyReplayed) != "true" || b.count() != 1 {
		t.Errorf("afterwards: %d %v, %d writes", a.status, a.header, b.count())
	}
}

// TestIdempotencyOutlivesItsCaller: a caller whose connection breaks comes back, and
// finds out what has become of what he asked for.
func TestIdempotencyOutlivesItsCaller(t *testing.T) {
	r, b := newSlowRig(t)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+r.address+"/v1/upstreams/api/undo", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(api.IdempotencyKey, "k")
	left := make(chan error, 1)
	go func() {
		res, err := r.client.Do(req)
		if err == nil {
			res.Body.Close()
		}
		left <- err
	}()
	<-b.began
	leave()
	if err := <-left; err == nil {
		t.Fatal("the caller got an answer")
	}
	close(b.let)
	for {
		a := r.send("POST", "/v1/upstreams/api/undo", "", api.IdempotencyKey, "k")
		if a.status == 409 {
			continue // it is still under way
		}
		if a.status != 200 || a.header.Get(api.IdempotencyReplayed) != "true" || b.count() != 1 {
			t.Errorf("back again: %d %v, %d writes", a.status, a.header, b.count())
		}
		return
	}
}

// panickingBackend has a bug.
type panickingBackend struct{ fakeBackend }

func (*panickingBackend) Undo(context.Context, string, uint64, Meta) (api.Upstream, error) {
	panic("BUG: of a test")
}

// TestIdempotencyAfterAPanic: the key is free again.
func TestIdempotencyAfterAPanic(t *testing.T) {
	s := &server{replays: newReplays(10, 1000), backend: &panickingBackend{}}
	h := s.once(readers, s.postUndo)
	for range 2 {
		req, err := http.NewRequest("POST", "/v1/upstreams/api/undo", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(api.IdempotencyKey, "k")
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic: the key was taken")
				}
			}()
			h(&recorder{kept: kept{header: http.Header{}}}, req)
		}()
	}
}
