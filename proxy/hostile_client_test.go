package proxy

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/proxy/internal/hostile"
)

// hostileRig is a server with a recorder behind it that reads its clients in
// pieces.
type hostileRig struct {
	*rig
	end *recorder
	in  *pieces
}

func startHostile(t *testing.T, changes ...func(*Clients)) *hostileRig {
	h := &hostileRig{end: record(t)}
	h.rig = start(t, one(t, h.end.addr), Options{}, changes...)
	h.in = &pieces{Listener: listen(t)}
	h.in.next(whole, whole)
	go h.Serve(h.in)
	return h
}

// TestHostileClients goes down the table of bad inputs as a client: status,
// reason, what the endpoint got, whether the connection lives on, and that the
// answer holds nothing but Weir's own words. Each input comes alone, behind a good
// request, and with a request behind it that must not get through a closed
// connection.
func TestHostileClients(t *testing.T) {
	h := startHostile(t)
	for _, row := range hostile.Requests() {
		if row.Unfinished {
			continue // below, with a short timeout
		}
		t.Run(rowName(row.Row, row.Name), func(t *testing.T) {
			before := h.Rejects()[row.Reason]
			c := h.dial(t)
			c.send(row.In)
			h.check(t, c, row)
			// A long body may be under way before its fault comes: that request has a
			// route, and is counted with its upstream's.
			if n := h.Rejects()[row.Reason] - before; row.Reason != "" && n != 1 && !(row.InBody && n == 0) {
				t.Errorf("%s counted %d times, want once", row.Reason, n)
			}

			c = h.dial(t)
			c.send(plainGet + row.In)
			if g := c.receive("GET"); g.StatusCode != 200 {
				t.Errorf("the good request before it: %d, want 200", g.StatusCode)
			}
			receive(t, "the good request", h.end.got)
			h.check(t, c, row)

			if row.Closes && !row.HalfClosed {
				c = h.dial(t)
				c.send(row.In + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
				h.check(t, c, row)
			}
		})
	}
	h.end.none(t)
}

// TestHostileClientsInPieces: where the segments end changes nothing.
func TestHostileClientsInPieces(t *testing.T) {
	h := startHostile(t)
	dial := func(first, step int) *client {
		h.in.next(first, step)
		return (&rig{addr: h.in.Addr().String()}).dial(t)
	}
	for _, row := range hostile.Requests() {
		if row.Unfinished {
			continue
		}
		t.Run(rowName(row.Row, row.Name), func(t *testing.T) {
			for _, at := range cuts(row.In) {
				c := dial(at, whole)
				c.send(row.In)
				h.check(t, c, row)
				if t.Failed() {
					t.Fatalf("cut behind %d bytes: %q", at, row.In[:at])
				}
			}
			step := 1
			if len(row.In) > 4<<10 {
				step = 997
			}
			c := dial(step, step)
			c.send(row.In)
			h.check(t, c, row)
		})
	}
	h.end.none(t)
}

// TestUnfinishedHeads: who has begun a request is told that it took too long, who
// has not is left without a word.
func TestUnfinishedHeads(t *testing.T) {
	h := startHostile(t, func(p *Clients) { p.HeaderTimeout = 50 * time.Millisecond })
	for _, row := range hostile.Requests() {
		if !row.Unfinished {
			continue
		}
		t.Run(rowName(row.Row, row.Name), func(t *testing.T) {
			c := h.dial(t)
			c.send(row.In)
			h.check(t, c, row)
		})
	}
	h.end.none(t)
}

// lateListener gives connections when it is told to: what their clients sent lies in
// the socket by then.
type lateListener struct {
	net.Listener
	now chan struct{}
}

func (l lateListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err == nil {
		<-l.now
	}
	return nc, err
}

// TestHeadThatIsReadTooLate: who could not read for as long as a head may take does
// not call the client silent.
func TestHeadThatIsReadTooLate(t *testing.T) {
	ln := lateListener{listen(t), make(chan struct{})}
	r := startOn(t, ln, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.HeaderTimeout = time.Nanosecond })
	for in, want := range map[string]int{"GET / HTTP/1.1\r\nHost: a\r\n": 408, plainGet: 200} {
		c := r.dial(t)
		c.send(in)
		ln.now <- struct{}{}
		if g, err := c.tryReceive("GET"); err != nil || g.StatusCode != want {
			t.Errorf("%q: %v, %v, want %d", in, g.Response, err, want)
		}
		c.Close()
	}
}

func TestSilentConnectionsAreClosedWithoutAWord(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) {
		p.HeaderTimeout, p.KeepAliveTimeout = 50*time.Millisecond, 50*time.Millisecond
	})
	fresh := r.dial(t)
	fresh.closed()
	used := r.dial(t)
	used.get("/")
	used.send("\r\n") // an empty line behind a request begins no other
	used.closed()
}

func rowName(row int, name string) string {
	if row == 0 {
		return "beyond " + name
	}
	return fmt.Sprintf("row %d %s", row, name)
}

// check reads the answer to what was sent, and looks at both ends.
func (h *hostileRig) check(t *testing.T, c *client, row hostile.Request) {
	t.Helper()
	defer c.Close()
	half := c.Conn.(*net.TCPConn)
	if row.HalfClosed {
		half.CloseWrite()
	}
	if row.Status == 0 {
		c.closed()
		h.end.none(t)
		return
	}
	method, _, _ := strings.Cut(row.In, " ")
	g := c.final(method)
	if g.StatusCode != row.Status || g.Close != row.Closes || g.Header.Get("X-Weir-Reason") != row.Reason {
		t.Errorf("%d %q, close %v, want %d %q, close %v",
			g.StatusCode, g.Header.Get("X-Weir-Reason"), g.Close, row.Status, row.Reason, row.Closes)
	}
	if row.Reason == "" {
		h.end.one(t, row.Forwarded)
	} else {
		ownWordsOnly(t, g)
	}
	h.end.none(t)
	if row.Closes {
		half.CloseWrite()
		c.closed()
		return
	}
	c.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
	if g := c.receive("GET"); g.body != recorded {
		t.Errorf("the request after it: %d %q, want 200 on the same connection", g.StatusCode, g.body)
	}
	h.end.one(t, hostile.Message{Head: "GET /after HTTP/1.1\r\nHost: a\r\n\r\n"})
}

// final reads the answer behind interim ones.
func (c *client) final(method string) got {
	c.t.Helper()
	g, err := c.tryFinal(method)
	if err != nil {
		c.t.Fatalf("receive: %v", err)
	}
	return g
}

// ownWordsOnly checks that an answer of Weir's holds its fixed body and fields,
// and so nothing of the input, no address and no error text.
func ownWordsOnly(t *testing.T, g got) {
	t.Helper()
	if want := fmt.Sprintf("%s (%s)\n", http.StatusText(g.StatusCode), g.Header.Get("X-Weir-Reason")); g.body != want {
		t.Errorf("body %q, want %q", g.body, want)
	}
	for name, values := range g.Header {
		switch name {
		case "Content-Length", "X-Weir-Reason":
		case "Date":
			if _, err := http.ParseTime(values[0]); err != nil {
				t.Errorf("Date %q", values)
			}
		case "Content-Type":
			if values[0] != "text/plain; charset=utf-8" {
				t.Errorf("Content-Type %q", values)
			}
		case "Connection":
			if values[0] != "close" && values[0] != "keep-alive" {
				t.Errorf("Connection %q", values)
			}
		case "Allow":
			if g.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("Allow in a %d", g.StatusCode)
			}
		case "Retry-After":
		default:
			t.Errorf("%s: %q in an answer of Weir's own", name, values)
		}
	}
}

// TestRefusedHeadHasNoBody: what answers HEAD is a head, whatever the reason.
func TestRefusedHeadHasNoBody(t *testing.T) {
	h := startHostile(t)
	for name, head := range map[string]string{
		"bad chunk":   "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n",
		"bad framing": "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
		"bad header":  "HEAD / HTTP/1.0\r\nX Y: z\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := h.dial(t)
			c.send(head)
			if g := c.receive("HEAD"); g.StatusCode != 400 {
				t.Errorf("%d, want 400", g.StatusCode)
			}
			c.Conn.(*net.TCPConn).CloseWrite()
			if rest, err := io.ReadAll(c.br); err != nil || len(rest) > 0 {
				t.Errorf("%q, %v behind the head, want the end", rest, err)
			}
		})
	}
}
