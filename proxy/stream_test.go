package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/health/outcome"
)

// TestEventsArriveOneByOne: each piece is passed on before the next is made.
func TestEventsArriveOneByOne(t *testing.T) {
	for _, version := range []string{"1.1", "1.0"} {
		t.Run(version, func(t *testing.T) { eventsArriveOneByOne(t, version) })
	}
}

func eventsArriveOneByOne(t *testing.T, version string) {
	for name, tt := range map[string]struct{ head, piece string }{
		"chunked":     {"Transfer-Encoding: chunked", "7\r\nevent %d\r\n"},
		"length":      {"Content-Length: 35", "event %d"},
		"until close": {"Connection: close", "event %d"},
	} {
		t.Run(name, func(t *testing.T) {
			next := make(chan struct{})
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err != nil {
					return
				}
				fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n%s\r\n\r\n", tt.head)
				for i := range 5 {
					if _, ok := <-next; !ok {
						return
					}
					fmt.Fprintf(nc, tt.piece, i)
				}
				if name == "chunked" {
					io.WriteString(nc, "0\r\n\r\n")
				}
			})
			defer close(next)
			c := start(t, one(t, addr), Options{}).dial(t)
			c.send("GET / HTTP/" + version + "\r\nHost: a\r\n\r\n")
			resp, err := http.ReadResponse(c.br, nil)
			if err != nil {
				t.Fatal(err)
			}
			event := make([]byte, len("event 0"))
			for i := range 5 {
				next <- struct{}{}
				if _, err := io.ReadFull(resp.Body, event); err != nil || string(event) != fmt.Sprint("event ", i) {
					t.Fatalf("event %d: %q, %v", i, event, err)
				}
			}
			if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) != 0 {
				t.Errorf("after the events: %q, %v, want the end", rest, err)
			}
		})
	}
}

// TestTruncatedAnswerIsSeenAsSuch: the client must not take a cut body for a
// whole one, and the endpoint's attempt is a reset.
func TestTruncatedAnswerIsSeenAsSuch(t *testing.T) {
	for name, tt := range map[string]struct{ version, answer, behind string }{
		"length":           {"1.1", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", ""},
		"chunked":          {"1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ""},
		"inside a chunk":   {"1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", ""},
		"bad chunk":        {"1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n", ""},
		"to an old client": {"1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", ""},
		"bytes behind":     {"1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err == nil {
					io.WriteString(nc, tt.answer)
				}
			})
			up := one(t, addr)
			c := start(t, up, Options{}).dial(t)
			c.send("GET / HTTP/" + tt.version + "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + tt.behind)
			g, err := c.tryReceive("GET")
			if err == nil {
				t.Errorf("%d %q was read as complete", g.StatusCode, g.body)
			}
			if strings.Contains(g.body, "upstream") {
				t.Errorf("body %q has Weir's words in it", g.body)
			}
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			if f := firsts(up.Versions[0]); f[outcome.Reset] != 1 {
				t.Errorf("outcomes %v, want one reset", f)
			}
			var users outcome.UserTotals
			up.Live.Users.Totals(&users)
			if users.Errors != 1 {
				t.Errorf("users saw %d errors, want 1", users.Errors)
			}
		})
	}
}

// TestSilenceOfTheEndpointIsNotTheClients: how long the endpoint is silent is
// bounded by Idle; the client's SendTimeout begins when there is something to
// send, also when that is only the end.
func TestSilenceOfTheEndpointIsNotTheClients(t *testing.T) {
	const patience = 150 * time.Millisecond
	for name, tt := range map[string]struct{ before, after string }{
		"chunked":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "1\r\nb\r\n0\r\n\r\n"},
		"length":      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", "b"},
		"until close": {"HTTP/1.1 200 OK\r\n\r\na", "b"},
		"late end":    {"HTTP/1.1 200 OK\r\n\r\nab", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err != nil {
					return
				}
				io.WriteString(nc, tt.before)
				time.Sleep(2 * patience) // the silence is what this is about
				io.WriteString(nc, tt.after)
			})
			up := one(t, addr)
			c := start(t, up, Options{}, func(p *Clients) { p.SendTimeout = patience }).dial(t)
			if g := c.get("/"); g.body != "ab" {
				t.Errorf("body %q, want ab", g.body)
			}
			eventually(t, "counted", func() bool { return up.Live.Users.Requests() == 1 })
			if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 1} {
				t.Errorf("outcomes %v, want one ok", f)
			}
		})
	}
}

func TestSilenceInABodyIsATimeout(t *testing.T) {
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		readRequest(br)
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
		readRequest(br)
	})
	up := one(t, addr)
	up.Timeouts.Idle = 50 * time.Millisecond
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	if _, err := c.tryReceive("GET"); err == nil {
		t.Error("a cut body was read as complete")
	}
	eventually(t, "timeout", func() bool { return firsts(up.Versions[0])[outcome.Timeout] == 1 })
}

// TestClientThatLeavesIsCanceled: nobody's failure.
func TestClientThatLeavesIsCanceled(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		io.CopyN(w, &pattern{}, big)
	})
	up := one(t, addr)
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	if _, err := http.ReadResponse(c.br, nil); err != nil {
		t.Fatal(err)
	}
	c.Close()
	eventually(t, "canceled", func() bool { return firsts(up.Versions[0])[outcome.Canceled] == 1 })
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	var users outcome.UserTotals
	up.Live.Users.Totals(&users)
	if users.Errors != 0 || users.Classes[4] != 1 {
		t.Errorf("users %+v, want one 4xx (499) and no error", users.Classes)
	}
}

func TestClientThatReadsNothingIsDropped(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		io.CopyN(w, &pattern{}, big)
	})
	up := one(t, addr)
	c := start(t, up, Options{}, func(p *Clients) { p.SendTimeout = 100 * time.Millisecond }).dial(t)
	c.send(plainGet)
	eventually(t, "canceled", func() bool { return firsts(up.Versions[0])[outcome.Canceled] == 1 })
}

// TestSlowReaderLivesOnProgress takes longer for an answer than any one silence
// may last.
func TestSlowReaderLivesOnProgress(t *testing.T) {
	const size = 12 << 20 // more than the sockets hold
	addr := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(size))
		io.CopyN(w, &pattern{}, size)
	})
	c := start(t, one(t, addr), Options{}, func(p *Clients) { p.SendTimeout = 300 * time.Millisecond }).dial(t)
	c.send(plainGet)
	resp, err := http.ReadResponse(c.br, nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for err == nil {
		time.Sleep(60 * time.Millisecond)
		var m int64
		m, err = io.CopyN(io.Discard, resp.Body, 1<<20)
		n += m
	}
	if n != size {
		t.Errorf("%d bytes, want %d", n, size)
	}
}

func TestAnswerSizesAroundTheBuffers(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		var size int
		fmt.Sscan(r.URL.Query().Get("n"), &size)
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		w.Header().Set("X-Long", strings.Repeat("h", size%3000))
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		io.CopyN(w, &pattern{}, int64(size))
	})
	c := start(t, one(t, addr), Options{}).dial(t)
	for _, size := range []int{0, 1, headroom, smallBuffer, answerSize - headroom, answerSize, answerSize + 1, bodyBuffer, bodyBuffer + 1, 3 * bodyBuffer} {
		want := make([]byte, size)
		(&pattern{}).Read(want)
		for _, path := range []string{"/length", "/chunked"} {
			if g := c.get(fmt.Sprintf("%s?n=%d", path, size)); g.body != string(want) {
				t.Errorf("%s %d bytes: got %d, or others", path, size, len(g.body))
			}
		}
	}
}
