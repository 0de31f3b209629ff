//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"testing"
	"time"
)

// handled runs Weir in front of one backend that a handler is.
func handled(t *testing.T, h http.Handler) *weir {
	t.Helper()
	ln := freeListener(t)
	srv := &http.Server{Handler: h}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-served })
	w := newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, ln.Addr().String())}})
	return w
}

// pattern is n bytes that repeat nowhere near a buffer's size.
type pattern struct{ at, n int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at == p.n {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), p.n-p.at)]
	for i := 0; i < len(b); i += 64 {
		x := uint64(p.at+int64(i)) * 0x9E3779B97F4A7C15
		for j := i; j < min(i+64, len(b)); j++ {
			b[j] = byte(x)
			x = x>>1 | x<<63
		}
	}
	p.at += int64(len(b))
	return len(b), nil
}

// TestGiBStreams sends 1 GiB each way, with a length and in chunks.
func TestGiBStreams(t *testing.T) {
	const size = 1 << 30
	w := handled(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sum := crc32.New(castagnoli)
			n, err := io.Copy(sum, r.Body)
			fmt.Fprint(w, n, sum.Sum32(), err)
			return
		}
		sum := crc32.New(castagnoli)
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(io.MultiWriter(w, sum), &pattern{n: size})
		w.Header().Set("X-Sum", fmt.Sprint(sum.Sum32()))
	}))

	sum := crc32.New(castagnoli)
	req, err := http.NewRequest(http.MethodPost, "http://"+w.web+"/up", io.TeeReader(&pattern{n: size}, sum))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	begin := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(res.Body)
	res.Body.Close()
	if want := fmt.Sprint(int64(size), sum.Sum32(), nil); err != nil || string(got) != want {
		t.Errorf("1 GiB up: the backend saw (bytes, sum, error) %q (%v), want %q", got, err, want)
	}
	t.Logf("1 GiB up in %v", time.Since(begin).Round(time.Millisecond))

	begin = time.Now()
	res, err = http.Get("http://" + w.web + "/down")
	if err != nil {
		t.Fatal(err)
	}
	sum.Reset()
	n, err := io.Copy(sum, res.Body)
	res.Body.Close()
	if err != nil || n != size {
		t.Errorf("1 GiB down: %d bytes, error %v", n, err)
	}
	if want := fmt.Sprint(sum.Sum32()); res.Trailer.Get("X-Sum") != want {
		t.Errorf("1 GiB down: trailer X-Sum is %q, want %s", res.Trailer.Get("X-Sum"), want)
	}
	t.Logf("1 GiB down in %v", time.Since(begin).Round(time.Millisecond))
}

// TestEventsArriveOneByOne holds each event back until the one before was seen at
// the other end, so it cannot pass when anything is kept in a buffer.
func TestEventsArriveOneByOne(t *testing.T) {
	t.Parallel()
	const events = 50
	seen := make(chan string) // what has arrived, at either end
	w := handled(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			for lines := bufio.NewScanner(r.Body); lines.Scan(); {
				select {
				case seen <- lines.Text():
				case <-r.Context().Done():
					return
				}
			}
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range events {
			fmt.Fprintf(w, "data: %d\n", i)
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
			select {
			case <-seen:
			case <-r.Context().Done():
				return
			}
		}
	}))

	t.Run("down", func(t *testing.T) {
		res, err := http.Get("http://" + w.web + "/events")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for i := range events {
			if want := fmt.Sprintf("data: %d", i); !lines.Scan() || lines.Text() != want {
				t.Fatalf("event %d: %q (%v), want %q", i, lines.Text(), lines.Err(), want)
			}
			select {
			case seen <- lines.Text():
			case <-time.After(patience):
				t.Fatalf("the backend does not wait for event %d to be seen", i)
			}
		}
	})
	t.Run("up", func(t *testing.T) {
		body, feed := io.Pipe()
		end := make(chan error, 1)
		go func() {
			res, err := http.Post("http://"+w.web+"/events", "text/plain", body)
			if err == nil {
				res.Body.Close()
			}
			end <- err
		}()
		for i := range events {
			want := fmt.Sprint("event ", i)
			if _, err := io.WriteString(feed, want+"\n"); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-seen:
				if got != want {
					t.Fatalf("the backend saw %q, want %q", got, want)
				}
			case <-time.After(patience):
				t.Fatalf("%q did not reach the backend while the request is open", want)
			}
		}
		feed.Close()
		if err := receive(t, "the answer to the upload", end); err != nil {
			t.Error(err)
		}
	})
}
