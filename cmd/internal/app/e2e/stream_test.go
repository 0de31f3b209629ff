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

	"weir/cmd/internal/app/ground"
)

// handled runs Weir in front of one backend that a handler is.
func handled(t *testing.T, h http.Handler) *weir {
	t.Helper()
	ln := ground.Listen(t)
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
	t.Parallel()
	const size = 1 << 30
	w := handled(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := crc32.New(castagnoli)
		if r.Method == http.MethodPost {
			n, err := io.Copy(sum, r.Body)
			fmt.Fprint(w, r.ContentLength, n, sum.Sum32(), err)
			return
		}
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", fmt.Sprint(size))
			io.Copy(w, &pattern{n: size})
			return
		}
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(io.MultiWriter(w, sum), &pattern{n: size})
		w.Header().Set("X-Sum", fmt.Sprint(sum.Sum32()))
	}))
	whole := crc32.New(castagnoli)
	if _, err := io.Copy(whole, &pattern{n: size}); err != nil {
		t.Fatal(err)
	}
	sum := whole.Sum32()

	for kind, length := range map[string]int64{"length": size, "chunks": -1} {
		t.Run("up/"+kind, func(t *testing.T) {
			// Not a plain body, so that the client does not know its length either.
			req, err := http.NewRequest(http.MethodPost, "http://"+w.web+"/up", io.MultiReader(&pattern{n: size}))
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = length
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			if want := fmt.Sprint(length, int64(size), sum, nil); err != nil || string(got) != want {
				t.Errorf("the backend saw (length, bytes, sum, error) %q (%v), want %q", got, err, want)
			}
		})
		t.Run("down/"+kind, func(t *testing.T) {
			res, err := http.Get("http://" + w.web + "/" + kind)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got := crc32.New(castagnoli)
			n, err := io.Copy(got, res.Body)
			if err != nil || n != size || res.ContentLength != length || got.Sum32() != sum {
				t.Errorf("length %d, %d bytes of sum %d, %v, want length %d and %d bytes of sum %d",
					res.ContentLength, n, got.Sum32(), err, length, size, sum)
			}
			if trailer := res.Trailer.Get("X-Sum"); length < 0 && trailer != fmt.Sprint(sum) {
				t.Errorf("trailer X-Sum is %q, want %d", trailer, sum)
			}
		})
	}
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
