package proxy

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// repeated is an endless body made of one block: cheap to make, and no multiple of
// any buffer.
type repeated struct{ at int }

var block = noise(1<<16 + 7)

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, block[r.at:])
	r.at = (r.at + n) % len(block)
	return n, nil
}

// sumOf is the hash of the first n bytes of repeated.
func sumOf(n int64) string {
	h := sha256.New()
	io.CopyN(h, &repeated{}, n)
	return hex.EncodeToString(h.Sum(nil))
}

func sumFrom(r io.Reader) (int64, string, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// chunkTo returns a writer of chunks and what writes their end.
func chunkTo(w io.Writer) (io.Writer, func()) {
	buffered := bufio.NewWriterSize(w, 50_000)
	c := httputil.NewChunkedWriter(buffered)
	return c, func() { c.Close(); io.WriteString(buffered, "\r\n"); buffered.Flush() }
}

// summing answers with a body of size bytes in the framing that the path names,
// and the sum of what it got in a header.
func summing(size int64) func(nc net.Conn, br *bufio.Reader) {
	return func(nc net.Conn, br *bufio.Reader) {
		for {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			n, sum, err := sumFrom(req.Body)
			if err != nil {
				return
			}
			fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nX-Got: %d %s\r\n", n, sum)
			switch req.URL.Path {
			case "/length":
				fmt.Fprintf(nc, "Content-Length: %d\r\n\r\n", size)
				io.CopyN(nc, &repeated{}, size)
			case "/chunked":
				io.WriteString(nc, "Transfer-Encoding: chunked\r\n\r\n")
				w, end := chunkTo(nc)
				io.CopyN(w, &repeated{}, size)
				end()
			default:
				io.WriteString(nc, "Connection: close\r\n\r\n")
				io.CopyN(nc, &repeated{}, size)
				return
			}
		}
	}
}

// TestLargeBodiesAreExactInEveryFraming, of the request and of the answer, for old
// clients and new ones.
func TestLargeBodiesAreExactInEveryFraming(t *testing.T) {
	const size = 5<<20 + 3
	r := start(t, one(t, rawBackend(t, summing(size))), Options{})
	sum := sumOf(size)
	for _, up := range []struct{ version, framing string }{
		{"1.0", "none"}, {"1.0", "length"}, {"1.1", "none"}, {"1.1", "length"}, {"1.1", "chunked"},
	} {
		for _, down := range []string{"length", "chunked", "close"} {
			t.Run(fmt.Sprintf("HTTP %s, %s up, %s down", up.version, up.framing, down), func(t *testing.T) {
				c := r.dial(t)
				want := fmt.Sprintf("%d %s", size, sum)
				go func() {
					fmt.Fprintf(c, "PUT /%s HTTP/%s\r\nHost: a\r\n", down, up.version)
					switch up.framing {
					case "none":
						io.WriteString(c, "\r\n")
					case "length":
						fmt.Fprintf(c, "Content-Length: %d\r\n\r\n", size)
						io.CopyN(c, &repeated{}, size)
					case "chunked":
						io.WriteString(c, "Transfer-Encoding: chunked\r\n\r\n")
						w, end := chunkTo(c)
						io.CopyN(w, &repeated{}, size)
						end()
					}
				}()
				if up.framing == "none" {
					want = "0 " + hex.EncodeToString(sha256.New().Sum(nil))
				}
				resp, err := http.ReadResponse(c.br, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := resp.Header.Get("X-Got"); got != want {
					t.Errorf("the endpoint got %s, want %s", got, want)
				}
				n, got, err := sumFrom(resp.Body)
				if err != nil || n != size || got != sum {
					t.Errorf("the client got %d bytes with %s, %v, want %d with %s", n, got, err, size, sum)
				}
				if old := up.version == "1.0"; old && len(resp.TransferEncoding) > 0 {
					t.Error("chunks to an HTTP/1.0 client")
				}
			})
		}
	}
}

// passing counts what has passed through it.
type passing struct {
	io.Writer
	n atomic.Int64
}

func (c *passing) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// stalled waits until nothing has moved for a while although it could.
func (c *passing) stalled(t *testing.T) {
	t.Helper()
	for last, since := int64(-1), time.Now(); time.Since(since) < 250*time.Millisecond; time.Sleep(5 * time.Millisecond) {
		if n := c.n.Load(); n != last {
			last, since = n, time.Now()
		}
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// readLittle keeps the system from reading ahead for a peer that reads nothing.
func readLittle(t *testing.T, nc net.Conn) {
	t.Helper()
	if err := nc.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Error(err)
	}
}

// longSuffering is an upstream of one endpoint that may stall for long: on a machine that
// has other things to do nothing moves for seconds.
func longSuffering(t *testing.T, address string) *Upstream {
	t.Helper()
	up := one(t, address)
	up.Timeouts.Response, up.Timeouts.Idle = time.Minute, time.Minute
	return up
}

// TestStalledPeersCostNoMemory: 64 MiB are sent to a peer that takes nothing for a
// while, and 16 of them or more wait at their sender. What is between lies in the
// sockets and in one buffer. Sockets take more the busier the machine is: up to
// 40 MiB together where the system lets one receive 32.
func TestStalledPeersCostNoMemory(t *testing.T) {
	const size, waits, most = 64 << 20, 16 << 20, 1 << 20
	sum := sumOf(size)
	for _, framing := range []string{"length", "chunked", "close"} {
		t.Run("down, "+framing, func(t *testing.T) {
			out := &passing{}
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := http.ReadRequest(br); err != nil {
					return
				}
				out.Writer = nc
				switch framing {
				case "length":
					fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
				case "chunked":
					io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
					w, end := chunkTo(out)
					defer end()
					io.CopyN(w, &repeated{}, size)
					return
				default:
					io.WriteString(nc, "HTTP/1.1 200 OK\r\n\r\n")
				}
				io.CopyN(out, &repeated{}, size)
			})
			c := start(t, longSuffering(t, addr), Options{}).dial(t)
			c.SetDeadline(time.Now().Add(2 * time.Minute))
			readLittle(t, c.Conn)
			before := heap()
			c.send(plainGet)
			resp, err := http.ReadResponse(c.br, nil)
			if err != nil {
				t.Fatal(err)
			}
			out.stalled(t)
			if n := out.n.Load(); n > size-waits {
				t.Fatalf("%d bytes were taken while the client reads nothing", n)
			}
			if grown := heap() - before; grown > most {
				t.Errorf("%d bytes of heap while the client reads nothing, want at most %d", grown, most)
			}
			if n, got, err := sumFrom(resp.Body); err != nil || n != size || got != sum {
				t.Errorf("%d bytes with %s, %v, want %d with %s", n, got, err, size, sum)
			}
		})
	}
	for _, framing := range []string{"length", "chunked"} {
		t.Run("up, "+framing, func(t *testing.T) {
			goOn := make(chan struct{})
			release := sync.OnceFunc(func() { close(goOn) })
			defer release()
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				readLittle(t, nc)
				req, err := http.ReadRequest(br)
				if err != nil {
					return
				}
				<-goOn
				n, got, err := sumFrom(req.Body)
				answer := fmt.Sprint(n, got, err)
				fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
			})
			c := start(t, longSuffering(t, addr), Options{}).dial(t)
			c.SetDeadline(time.Now().Add(2 * time.Minute))
			before := heap()
			in := &passing{Writer: c}
			go func() {
				if framing == "length" {
					fmt.Fprintf(c, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", size)
					io.CopyN(in, &repeated{}, size)
					return
				}
				io.WriteString(c, "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
				w, end := chunkTo(in)
				io.CopyN(w, &repeated{}, size)
				end()
			}()
			in.stalled(t)
			if n := in.n.Load(); n > size-waits {
				t.Fatalf("%d bytes were taken while the endpoint reads nothing", n)
			}
			if grown := heap() - before; grown > most {
				t.Errorf("%d bytes of heap while the endpoint reads nothing, want at most %d", grown, most)
			}
			release()
			if g := c.receive("PUT"); g.body != fmt.Sprint(size, sum, error(nil)) {
				t.Errorf("the endpoint got %q, want %d %s", g.body, size, sum)
			}
		})
	}
}

// TestEchoOfALargeBody: an endpoint that answers while it reads, with more than
// the sockets hold, gets all of the body, and the client all of the answer.
func TestEchoOfALargeBody(t *testing.T) {
	const size = 24 << 20
	sum := sumOf(size)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		w, end := chunkTo(nc)
		io.Copy(w, req.Body)
		end()
	})
	r := start(t, one(t, addr), Options{})
	for _, framing := range []string{"Content-Length: " + fmt.Sprint(size), "Transfer-Encoding: chunked"} {
		c := r.dial(t)
		go func() {
			fmt.Fprintf(c, "PUT / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", framing)
			if strings.HasPrefix(framing, "C") {
				io.CopyN(c, &repeated{}, size)
				return
			}
			w, end := chunkTo(c)
			io.CopyN(w, &repeated{}, size)
			end()
		}()
		resp, err := http.ReadResponse(c.br, nil)
		if err != nil || !resp.Close {
			t.Fatalf("%s: %v, %v, want an answer that ends the connection", framing, resp, err)
		}
		if n, got, err := sumFrom(resp.Body); err != nil || n != size || got != sum {
			t.Errorf("%s: %d bytes with %s, %v, want %d with %s", framing, n, got, err, size, sum)
		}
		c.Conn.(*net.TCPConn).CloseWrite()
		c.closed()
	}
}

// TestEarlyAnswersEndTheUpload: an answer that is over before the body is ends the
// connections, and arrives although the client is still sending.
func TestEarlyAnswersEndTheUpload(t *testing.T) {
	for _, status := range []string{"200 OK", "302 Found", "413 Large", "503 Sorry"} {
		for _, framing := range []string{"Content-Length: 1000000000", "Transfer-Encoding: chunked"} {
			ended := make(chan struct{})
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := http.ReadRequest(br); err == nil {
					fmt.Fprintf(nc, "HTTP/1.1 %s\r\nContent-Length: 5\r\n\r\nearly", status)
					io.Copy(io.Discard, br)
					close(ended)
				}
			})
			c := start(t, one(t, addr), Options{}).dial(t)
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", framing)
				chunk := bytes.Repeat([]byte("x"), 1000)
				for {
					var err error
					if framing[0] == 'C' {
						_, err = c.Write(chunk)
					} else {
						_, err = fmt.Fprintf(c, "3e8\r\n%s\r\n", chunk)
					}
					if err != nil {
						return
					}
				}
			}()
			if g := c.receive("POST"); g.Status != status || g.body != "early" || !g.Close {
				t.Errorf("%s, %s: %s %q, close %v, want it whole, and the close", status, framing, g.Status, g.body, g.Close)
			}
			receive(t, "the end at the endpoint", ended)
			receive(t, "the end of the sending", sent) // 256 KiB are taken behind the answer, then no more
		}
	}
}

// TestSeveralInterimAnswers are relayed one by one, before the final one is there.
func TestSeveralInterimAnswers(t *testing.T) {
	next := make(chan string)
	defer close(next)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			if _, err := readRequest(br); err != nil {
				return
			}
			for s := range next {
				io.WriteString(nc, s)
				if s == plainAnswer {
					break
				}
			}
		}
	})
	c := start(t, one(t, addr), Options{}).dial(t)
	c.send(plainGet)
	for i := range 3 {
		next <- fmt.Sprintf("HTTP/1.1 103 Early Hints\r\nLink: </%d>\r\n\r\n", i)
		if g := c.receive("GET"); g.StatusCode != 103 || g.Header.Get("Link") != fmt.Sprintf("</%d>", i) {
			t.Fatalf("interim answer %d: %d %v", i, g.StatusCode, g.Header)
		}
	}
	next <- "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n" // together, and one that nobody knows
	for _, want := range []int{102, 199} {
		if g := c.receive("GET"); g.StatusCode != want {
			t.Fatalf("%d, want %d", g.StatusCode, want)
		}
	}
	next <- plainAnswer
	if g := c.receive("GET"); g.body != "hello" {
		t.Errorf("%d %q, want 200 hello", g.StatusCode, g.body)
	}
}
