package ofrep

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/proxy/flag"
)

// listen begins to listen; the blocks of the stream come one by one, without comments.
func (r *rig) listen(path string, headers ...string) (blocks <-chan string, leave func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	out := make(chan string)
	go func() {
		defer close(out)
		defer res.Body.Close()
		var block []string
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case line != "" && line[0] == ':':
			case line != "":
				block = append(block, line)
			case len(block) > 0:
				select {
				case out <- strings.Join(block, "\n"):
				case <-ctx.Done():
					return
				}
				block = nil
			}
		}
	}()
	r.t.Cleanup(cancel)
	return out, cancel
}

// next is the next block; false: the stream has ended.
func next(t *testing.T, blocks <-chan string) (string, bool) {
	t.Helper()
	select {
	case b, ok := <-blocks:
		return b, ok
	case <-time.After(10 * time.Second):
		t.Fatal("nothing comes")
	}
	return "", false
}

func (r *rig) wantBlock(blocks <-chan string, want string) {
	r.t.Helper()
	if got, ok := next(r.t, blocks); !ok || got != want {
		r.t.Errorf("block %q (%v), want %q", got, ok, want)
	}
}

// refetchOf is the event that these flags make.
func refetchOf(f *Flags) string {
	return "id: " + f.version + "\nevent: message\ndata: " + `{"type":"refetchEvaluation","etag":"` + f.version + `"}`
}

func TestEvents(t *testing.T) {
	set := setOf(t, definitions)
	r := newRig(t, Options{Set: set})
	first := r.source.now
	stream := r.post("/flags", ``).item(t)["eventStreams"].([]any)[0].(map[string]any)["endpoint"].(map[string]any)["requestUri"].(string)
	blocks, leave := r.listen(stream)
	begins(t, blocks)
	r.wantBlock(blocks, "id: "+first.version) // no event: it says what the client knows

	off := NewFlags(layered(set, "checkout", &flag.Layer{Disabled: true}))
	r.source.use(off)
	r.wantBlock(blocks, refetchOf(off))
	conforms(t, "Event", strings.SplitAfter(refetchOf(off), "data: ")[1])
	r.source.use(NewFlags(layered(set, "checkout", &flag.Layer{Disabled: true}))) // as before: no event
	r.source.use(first)
	r.wantBlock(blocks, refetchOf(first))
	leave()

	// Who comes back, or listens late, hears of what it has missed.
	r.source.use(off)
	for _, c := range []struct {
		name, path, lastID, want string
	}{
		{"comes back and has missed something", stream, first.version, refetchOf(off)},
		{"comes back and has missed nothing", stream, off.version, "id: " + off.version},
		{"has asked before the change, listens after it", stream, "", refetchOf(off)},
		{"knows nothing", EventsPath, "", "id: " + off.version},
	} {
		t.Run(c.name, func(t *testing.T) {
			var headers []string
			if c.lastID != "" {
				headers = []string{"Last-Event-ID", c.lastID}
			}
			blocks, leave := r.listen(c.path, headers...)
			defer leave()
			begins(t, blocks)
			r.wantBlock(blocks, c.want)
		})
	}
}

// begins takes the first block, which says when to come back.
func begins(t *testing.T, blocks <-chan string) {
	t.Helper()
	if got, ok := next(t, blocks); !ok || !strings.HasPrefix(got, "retry: ") {
		t.Errorf("begins with %q", got)
	}
}

// TestStreamsEnd: with the server, and with the permission.
func TestStreamsEnd(t *testing.T) {
	r := newRig(t, Options{Set: setOf(t, definitions)})
	var gone atomic.Bool
	again := make(chan struct{})
	r.still = func() (bool, [2]<-chan struct{}) { return !gone.Load(), [2]<-chan struct{}{again, nil} }
	ends := func(why string, do func()) {
		t.Helper()
		blocks, leave := r.listen(EventsPath)
		defer leave()
		begins(t, blocks)
		next(t, blocks)
		do()
		if b, ok := next(t, blocks); ok {
			t.Errorf("%s: %q, want the end", why, b)
		}
	}
	ends("not allowed any more", func() { gone.Store(true); close(again) })
	gone.Store(false)
	again = nil
	ends("the server stops", r.handler.Close)
	for deadline := time.Now().Add(10 * time.Second); r.handler.streams.Load() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are left", r.handler.streams.Load())
		}
	}
}

// TestTooManyListen: they are told when to come back.
func TestTooManyListen(t *testing.T) {
	r := newRig(t, Options{})
	r.handler.streams.Store(mostStreams)
	res, err := http.Get(r.url + EventsPath)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "30" || r.handler.streams.Load() != mostStreams {
		t.Errorf("%d, Retry-After %q, %d streams", res.StatusCode, res.Header.Get("Retry-After"), r.handler.streams.Load())
	}
}

// TestTicketsAreInTheAddress: and in the tag, which is of the whole answer.
func TestTicketsAreInTheAddress(t *testing.T) {
	r := newRig(t, Options{})
	plain, ticketed := r.post("/flags", ``), r.post("/flags", ``, "Ticket", "a&b")
	if !strings.Contains(ticketed.body, `ticket=a%26b"`) || plain.header.Get("ETag") == ticketed.header.Get("ETag") {
		t.Errorf("%s: %s\n%s: %s", plain.header.Get("ETag"), plain.body, ticketed.header.Get("ETag"), ticketed.body)
	}
}
