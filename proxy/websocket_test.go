package proxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// webSocketServer echoes messages, and closes with the code that "close" asks for.
func webSocketServer(t *testing.T) string {
	return backend(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(4 << 20)
		for {
			kind, msg, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if string(msg) == "close" {
				c.Close(4321, "as asked")
				return
			}
			if err := c.Write(r.Context(), kind, msg); err != nil {
				return
			}
		}
	})
}

func webSocket(t *testing.T, r *rig) (*websocket.Conn, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	c, resp, err := websocket.Dial(ctx, "ws://"+r.addr+"/ws", &websocket.DialOptions{Subprotocols: []string{"chat"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	if c.Subprotocol() != "chat" || resp.Header.Get("Sec-WebSocket-Accept") == "" {
		t.Errorf("subprotocol %q, head %v, want the endpoint's words untouched", c.Subprotocol(), resp.Header)
	}
	c.SetReadLimit(4 << 20)
	return c, ctx
}

func TestWebSocket(t *testing.T) {
	r := start(t, one(t, webSocketServer(t)), Options{})
	c, ctx := webSocket(t, r)
	random := make([]byte, 1<<20)
	rand.Read(random)
	for name, msg := range map[string][]byte{
		"short": []byte("hello"),
		"empty": {},
		"1 MiB": random,
	} {
		if err := c.Write(ctx, websocket.MessageBinary, msg); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, got, err := c.Read(ctx); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("%s: %d bytes, %v, want the %d sent", name, len(got), err, len(msg))
		}
	}

	// In frames of a few bytes.
	w, err := c.Writer(ctx, websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("fragment ", 1000)
	for part := range strings.SplitSeq(want, " ") {
		if part != "" {
			w.Write([]byte(part + " "))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, got, err := c.Read(ctx); err != nil || string(got) != want {
		t.Fatalf("fragments: %d bytes, %v, want %d", len(got), err, len(want))
	}

	ended := make(chan error, 1)
	go func() { // pongs are seen by a reader
		_, _, err := c.Read(ctx)
		ended <- err
	}()
	if err := c.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
	c.Write(ctx, websocket.MessageText, []byte("close"))
	var code websocket.CloseError
	if err := receive(t, "the close", ended); !errors.As(err, &code) || code.Code != 4321 || code.Reason != "as asked" {
		t.Errorf("%v, want the endpoint's close 4321", err)
	}
	eventually(t, "the tunnel over", func() bool { return r.Tunnels() == 0 })
}

// TestWebSocketOutlivesGenerations: neither a reload nor another split touches what
// is open.
func TestWebSocketOutlivesGenerations(t *testing.T) {
	up := one(t, webSocketServer(t))
	r := start(t, up, Options{})
	c, ctx := webSocket(t, r)
	other := one(t, cannedBackend(t))
	other.Live = up.Live
	for i, next := range []*Upstream{other, up, other} {
		snap, err := NewSnapshot(uint64(i+2), []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: next}})
		if err != nil {
			t.Fatal(err)
		}
		r.Publish(snap)
		if err := c.Write(ctx, websocket.MessageText, []byte("still here")); err != nil {
			t.Fatal(err)
		}
		if _, got, err := c.Read(ctx); err != nil || string(got) != "still here" {
			t.Fatalf("generation %d: %q, %v", i+2, got, err)
		}
	}
	if g := r.dial(t).get("/"); g.StatusCode != 200 || g.body != "hello" {
		t.Errorf("%d %q, want the new generation's answer", g.StatusCode, g.body)
	}
	if n := r.Tunnels(); n != 1 {
		t.Errorf("%d tunnels, want the one", n)
	}
}
