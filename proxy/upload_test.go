package proxy

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// hashing answers with the hash of the request body.
func hashing(w http.ResponseWriter, r *http.Request) {
	h := sha256.New()
	n, err := io.Copy(h, r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprintf(w, "%d %s", n, hex.EncodeToString(h.Sum(nil)))
}

func hashed(body []byte) string {
	sum := sha256.Sum256(body)
	return fmt.Sprintf("%d %s", len(body), hex.EncodeToString(sum[:]))
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.New(rand.NewSource(int64(n))).Read(b)
	return b
}

func TestUploadsOfEverySize(t *testing.T) {
	r := start(t, one(t, backend(t, hashing)), Options{})
	c := r.dial(t)
	for _, size := range []int{0, 1, 100, smallBuffer - 150, smallBuffer, headBuffer, bodyBuffer - 1, bodyBuffer + 1, 1 << 20} {
		body := noise(size)
		go fmt.Fprintf(c.Conn, "POST /cl HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", size, body)
		if g := c.receive("POST"); g.body != hashed(body) {
			t.Errorf("%d bytes by length: %q, want %q", size, g.body, hashed(body))
		}
		// In pieces, so that heads, chunk lines and data are cut anywhere; the GET
		// behind it is read together with the last chunk.
		go func() {
			whole := "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(body) + plainGet
			for len(whole) > 0 {
				n := min(len(whole), 1+rand.Intn(40_000))
				io.WriteString(c.Conn, whole[:n])
				whole = whole[n:]
			}
		}()
		if g := c.receive("POST"); g.body != hashed(body) {
			t.Errorf("%d bytes in chunks: %q, want %q", size, g.body, hashed(body))
		}
		if g := c.receive("GET"); g.body != hashed(nil) {
			t.Errorf("the GET behind %d bytes in chunks: %q, want %q", size, g.body, hashed(nil))
		}
	}
}

// chunks frames a body in chunks of odd sizes, with an extension and a trailer.
func chunks(body []byte) string {
	var b strings.Builder
	for n := 1; len(body) > 0; n = n*3 + 1 {
		n = min(n, len(body))
		fmt.Fprintf(&b, "%X;a=b\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String() + "0\r\nX-Sum: 1\r\n\r\n"
}

// TestEditsReachTrailers: what a route takes out of a message does not come back
// behind its body.
func TestEditsReachTrailers(t *testing.T) {
	for _, hold := range []int{0, 1 << 10} {
		seen := make(chan string, 1)
		addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
			for {
				req, err := readRequest(br)
				if err != nil {
					return
				}
				seen <- fmt.Sprint(req.Trailer)
				io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-SECRET: 1\r\nX-Kept: 1\r\n\r\n")
			}
		})
		up := one(t, addr)
		up.HoldBody = hold
		r := start(t, up, Options{})
		r.serveRoutes(t, Route{Match: Match{Path: "/"}, Upstream: up, Rewrite: Rewrite{
			Request:  HeaderEdits{Set: []Header{header("X-User", "nobody")}},
			Response: HeaderEdits{Remove: []string{"X-Secret"}},
		}})
		c := r.dial(t)
		for _, streamed := range []bool{false, true} {
			c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
			if streamed {
				time.Sleep(20 * time.Millisecond) // most of the time a segment of its own
			}
			c.send("0\r\nx-user: root\r\nX-Up: 1\r\n\r\n")
			if g := c.receive("POST"); fmt.Sprint(g.Trailer) != "map[X-Kept:[1]]" {
				t.Errorf("hold %d, streamed %v: trailers %v at the client, want X-Kept alone", hold, streamed, g.Trailer)
			}
			if got := <-seen; got != "map[X-Up:[1]]" {
				t.Errorf("hold %d, streamed %v: trailers %s at the endpoint, want X-Up alone", hold, streamed, got)
			}
		}
	}
}

func TestTrailersArePassedOnBothWays(t *testing.T) {
	begun, seen := make(chan struct{}, 1), make(chan string, 1)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for { // a connection closed behind an answer could meet the next POST
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			begun <- struct{}{}
			io.Copy(io.Discard, req.Body)
			seen <- req.Trailer.Get("X-Up")
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Down\r\n\r\n2\r\nok\r\n0\r\nX-Down: 2\r\nContent-Length: 9\r\n\r\n")
		}
	})
	r := start(t, one(t, addr), Options{})
	for _, streamed := range []bool{false, true} { // with the head, or by the uploader
		c := r.dial(t)
		head := "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Up\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
		if streamed {
			c.send(head)
			receive(t, "the head at the endpoint", begun)
			head = ""
		}
		c.send(head + "0\r\nX-Up: 1\r\nHost: evil\r\n\r\n")
		g := c.receive("POST")
		if up := receive(t, "the trailer at the endpoint", seen); up != "1" {
			t.Errorf("streamed %v: trailer at the endpoint %q, want 1", streamed, up)
		}
		if g.Trailer.Get("X-Down") != "2" || g.Trailer.Get("Content-Length") != "" {
			t.Errorf("streamed %v: trailers at the client %v, want X-Down alone", streamed, g.Trailer)
		}
		if !streamed {
			receive(t, "the head at the endpoint", begun)
		}
	}
}

func TestContinueIsSentWhenTheBodyIsWanted(t *testing.T) {
	r := start(t, one(t, backend(t, hashing)), Options{})
	c := r.dial(t)
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	line, err := c.br.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("first line %q, %v, want 100 Continue", line, err)
	}
	c.br.ReadString('\n')
	c.send("abcde")
	if g := c.receive("PUT"); g.body != hashed([]byte("abcde")) {
		t.Errorf("body %q, want the hash of abcde", g.body)
	}
	if g := c.get("/"); g.StatusCode != 200 {
		t.Errorf("next request: %d, want 200", g.StatusCode)
	}
}

func TestNoContinueWithoutAnEndpoint(t *testing.T) {
	r := start(t, one(t, deadAddress(t)), Options{})
	c := r.dial(t)
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	if g := c.receive("PUT"); g.StatusCode != 502 {
		t.Errorf("status %d, want 502 at once", g.StatusCode)
	}
	c.Conn.(*net.TCPConn).CloseWrite()
	c.closed()
}

// deadAddress returns an address on which nobody listens.
func deadAddress(t testing.TB) string {
	ln := listen(t)
	ln.Close()
	return ln.Addr().String()
}

func TestEarlyRefusalStopsTheUpload(t *testing.T) {
	released := make(chan struct{})
	defer close(released)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err == nil {
			io.WriteString(nc, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
			<-released // without reading: the upload would block
		}
	})
	c := start(t, one(t, addr), Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
	g := c.receive("POST") // while the endpoint still has the connection open
	if g.StatusCode != 413 || g.body != "big" || !g.Close {
		t.Errorf("%d %q close %v, want 413 big and the close", g.StatusCode, g.body, g.Close)
	}
	c.Conn.(*net.TCPConn).CloseWrite()
	c.closed()
}

// TestHaltedUploadIsNotComplete: an upload that writes its last bytes in the
// moment it is halted ends without an error, but its connection has been
// interrupted, and to keep it would fail the next request.
func TestHaltedUploadIsNotComplete(t *testing.T) {
	up := one(t, cannedBackend(t))
	to, err := up.Versions[0].Endpoints[0].pool.Dial(t.Context(), time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, _ := net.Pipe()
	u := &upload{client: &sock.Conn{}, to: to, done: make(chan struct{})}
	u.client.Reset(client)
	u.taken.Store(true)
	halted := make(chan struct{})
	go func() { u.halt(); close(halted) }()
	eventually(t, "halted", u.stop.Load)
	close(u.done) // the last write was done just before
	<-halted
	c := &conn{}
	c.using.begin(to)
	x := &exchange{c: c, up: to, body: requestBody{up: u}, resp: http1.Response{KeepAlive: true}}
	x.part(true, sock.Now())
	if n := up.Versions[0].Endpoints[0].pool.Idle(); n != 0 || u.complete() {
		t.Errorf("%d idle connections, complete %v, want the interrupted one closed", n, u.complete())
	}
}

func TestAnswerWhileUploading(t *testing.T) {
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		n, _ := io.Copy(io.Discard, req.Body)
		body := fmt.Sprint(n)
		fmt.Fprintf(nc, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	})
	c := start(t, one(t, addr), Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
	resp, err := http.ReadResponse(c.br, nil) // the head comes before the body has gone
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("head: %v, %v, want 200", resp, err)
	}
	c.send(strings.Repeat("x", 200000))
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "200000" {
		t.Errorf("body %q, %v, want 200000", body, err)
	}
}

// TestClientBreaksOffUnderAnAnswer: the endpoint has begun to answer; that it
// cannot end is not its failure.
func TestClientBreaksOffUnderAnAnswer(t *testing.T) {
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err == nil {
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
			io.Copy(io.Discard, br)
		}
	})
	up := one(t, addr)
	c := start(t, up, Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
	if _, err := http.ReadResponse(c.br, nil); err != nil {
		t.Fatal(err)
	}
	c.Conn.(*net.TCPConn).CloseWrite()
	eventually(t, "canceled", func() bool { return firsts(up.Versions[0])[outcome.Canceled] == 1 })
}

func TestTruncatedUploadIsNotCompleted(t *testing.T) {
	for _, framing := range []string{"Content-Length: 100000", "Transfer-Encoding: chunked"} {
		t.Run(framing, func(t *testing.T) {
			arrived, ended := make(chan struct{}), make(chan error, 1)
			addr := backend(t, func(_ http.ResponseWriter, r *http.Request) {
				close(arrived)
				_, err := io.Copy(io.Discard, r.Body)
				ended <- err
			})
			r := start(t, one(t, addr), Options{})
			c := r.dial(t)
			c.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n5\r\nabcde\r\n")
			receive(t, "the request at the endpoint", arrived) // from a client that left before, nothing comes
			c.Close()
			if err := receive(t, "the end of the body", ended); err == nil {
				t.Error("the endpoint read a complete body, want an error")
			}
			v := r.up.Versions[0]
			eventually(t, "canceled", func() bool { return firsts(v)[outcome.Canceled] == 1 })
			var users outcome.UserTotals
			eventually(t, "the user's request over", func() bool {
				r.up.Live.Users.Totals(&users)
				return users.Requests() == 1
			})
			if users.Errors != 0 || users.Classes[4] != 1 {
				t.Errorf("users: %+v, want one 4xx (499) and no error", users.Classes)
			}
		})
	}
}

func TestBadChunkIsRefusedBeforeItsEnd(t *testing.T) {
	ended := make(chan error, 2)
	addr := backend(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	})
	r := start(t, one(t, addr), Options{})
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	eventually(t, "the upload runs", func() bool { return r.up.Versions[0].Endpoints[0].Live.Inflight() == 1 })
	c.send("5\r\nabcdeX\r\n")
	if g := c.receive("POST"); g.StatusCode != 400 || g.Header.Get("X-Weir-Reason") != "framing" {
		t.Errorf("%d %s, want 400 framing", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	if err := <-ended; err == nil {
		t.Error("the endpoint read a complete body, want an error")
	}
	c.Conn.(*net.TCPConn).CloseWrite()
	c.closed()
}

func TestSilentUploaderGets408(t *testing.T) {
	r := start(t, one(t, backend(t, hashing)), Options{}, func(p *Clients) { p.BodyTimeout = 50 * time.Millisecond })
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	if g := c.receive("POST"); g.StatusCode != 408 || g.Header.Get("X-Weir-Reason") != "body_timeout" {
		t.Errorf("%d %s, want 408 body_timeout", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
}

// TestSlowUploadLivesOnProgress trickles for longer than any one silence may
// last, and longer than the endpoint may take to answer.
func TestSlowUploadLivesOnProgress(t *testing.T) {
	up := one(t, backend(t, hashing))
	const silence = 800 * time.Millisecond // far more than a step can be late
	up.Timeouts.Response = silence
	r := start(t, up, Options{}, func(p *Clients) { p.BodyTimeout = silence })
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
	for range 10 {
		time.Sleep(silence / 8)
		c.send("x")
	}
	if g := c.receive("POST"); g.body != hashed([]byte("xxxxxxxxxx")) {
		t.Errorf("%d %q, want the hash of ten x", g.StatusCode, g.body)
	}
}

const big = 32 << 20

// pattern is an endless body: cheap to make and to check.
type pattern struct{ at int }

func (p *pattern) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte((p.at + i) * 7 >> 3)
	}
	p.at += len(b)
	return len(b), nil
}

func TestLargeBodiesStreamWithBoundedMemory(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			if r.URL.Path == "/length" {
				w.Header().Set("Content-Length", fmt.Sprint(big))
			}
			io.CopyN(w, &pattern{}, big)
			return
		}
		hashing(w, r)
	})
	c := start(t, one(t, addr), Options{}).dial(t)
	c.SetDeadline(time.Now().Add(2 * time.Minute)) // 256 MiB, on a machine that has other things to do
	h := sha256.New()
	io.CopyN(h, &pattern{}, big)
	want := hex.EncodeToString(h.Sum(nil))

	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, path := range []string{"/length", "/chunked"} {
		c.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		resp, err := http.ReadResponse(c.br, nil)
		if err != nil {
			t.Fatal(err)
		}
		h.Reset()
		if n, err := io.Copy(h, resp.Body); err != nil || hex.EncodeToString(h.Sum(nil)) != want {
			t.Errorf("down %s: %d bytes, %v, or another hash", path, n, err)
		}
	}
	go func() {
		fmt.Fprintf(c.Conn, "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", big)
		io.CopyN(c.Conn, &pattern{}, big)
		io.WriteString(c.Conn, "POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
		w := bufio.NewWriterSize(c.Conn, 1<<16)
		for p, b := (&pattern{}), make([]byte, 50_000); p.at < big; {
			n, _ := p.Read(b[:min(len(b), big-p.at)])
			fmt.Fprintf(w, "%x\r\n%s\r\n", n, b[:n])
		}
		io.WriteString(w, "0\r\n\r\n")
		w.Flush()
	}()
	for range 2 {
		if g := c.receive("POST"); g.body != fmt.Sprintf("%d %s", big, want) {
			t.Errorf("up: %q, want %d %s", g.body, big, want)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("%d MiB allocated for 4 bodies of 32 MiB by proxy, client and backend, want at most 16", grown>>20)
	}
}

// faulty is a listener on whose connections the second read is a fault of Weir's.
type faulty struct{ net.Listener }

type faultyConn struct {
	net.Conn
	reads int
}

func (f faulty) Accept() (net.Conn, error) {
	nc, err := f.Listener.Accept()
	return &faultyConn{Conn: nc}, err
}

func (f *faultyConn) Read(p []byte) (int, error) {
	if f.reads++; f.reads == 2 {
		panic("a fault")
	}
	return f.Conn.Read(p)
}

// TestPanicInAnUploadIsCounted, and ends the request, not the process.
func TestPanicInAnUploadIsCounted(t *testing.T) {
	r := startOn(t, faulty{listen(t)}, one(t, backend(t, hashing)), Options{})
	r.panics = 1
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
	if g := c.receive("POST"); g.StatusCode != 502 || !g.Close {
		t.Errorf("%d, close %v, want 502 and the close", g.StatusCode, g.Close)
	}
}

func TestEndpointThatTakesNothingIsATimeout(t *testing.T) {
	release := make(chan struct{})
	addr := rawBackend(t, func(net.Conn, *bufio.Reader) { <-release })
	defer close(release)
	up := one(t, addr)
	up.Timeouts.Idle = 100 * time.Millisecond
	c := start(t, up, Options{}).dial(t)
	go func() {
		io.WriteString(c.Conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
		io.CopyN(c.Conn, &pattern{}, 100_000_000)
	}()
	if g := c.receive("POST"); g.StatusCode != 504 || g.Header.Get("X-Weir-Reason") != "upstream_timeout" {
		t.Errorf("%d %q, want 504 upstream_timeout", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	eventually(t, "counted", func() bool { return firsts(up.Versions[0])[outcome.Timeout] == 1 })
}
