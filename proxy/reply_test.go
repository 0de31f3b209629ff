package proxy

import (
	"fmt"
	"testing"
)

func TestOwnAnswersAreTextOrJSON(t *testing.T) {
	s := start(t, one(t, cannedBackend(t)), Options{})
	snap, err := NewSnapshot(2, []Route{{Match: Match{Host: "known", Path: "/"}, Upstream: s.up}})
	if err != nil {
		t.Fatal(err)
	}
	s.Publish(snap)
	c := s.dial(t)
	for accept, want := range map[string]string{
		"*/*":                               "Not Found (no_route)\n",
		"application/json":                  `{"status":404,"reason":"no_route"}` + "\n",
		"application/problem+json;q=0.9":    `{"status":404,"reason":"no_route"}` + "\n",
		"text/html, application/json;q=0.5": "Not Found (no_route)\n",
	} {
		c.send(fmt.Sprintf("GET / HTTP/1.1\r\nHost: unknown\r\nAccept: %s\r\n\r\n", accept))
		if g := c.receive("GET"); g.StatusCode != 404 || g.body != want {
			t.Errorf("Accept %s: %d %q, want 404 %q", accept, g.StatusCode, g.body, want)
		}
	}
	c.send("HEAD / HTTP/1.1\r\nHost: unknown\r\n\r\nGET / HTTP/1.1\r\nHost: KNOWN:80\r\n\r\n")
	if g := c.receive("HEAD"); g.StatusCode != 404 || g.body != "" {
		t.Errorf("HEAD: %d %q, want 404 without a body", g.StatusCode, g.body)
	}
	if g := c.receive("GET"); g.body != "hello" {
		t.Errorf("known host: %d %q, want hello", g.StatusCode, g.body)
	}
	if n := s.Rejects()["no_route"]; n != 5 {
		t.Errorf("no_route counted %d times, want 5", n)
	}
}
