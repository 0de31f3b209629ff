package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestClient is a client of a server that answers with h.
func newTestClient(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	c, err := NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.http = s.Client()
	t.Cleanup(s.Close)
	return c
}

func TestNewClient(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:9900":           "http://127.0.0.1:9900",
		"http://localhost:9900/":   "http://localhost:9900",
		"https://weir.example:443": "https://weir.example:443",
		"[::1]:9900":               "http://[::1]:9900",
	} {
		if c, err := NewClient(address); err != nil || c.base != want {
			t.Errorf("%q: %v, %v, want %s", address, c, err, want)
		}
	}
	for _, bad := range []string{"", "ftp://x", "http://", "http://u:p@x", "http://x?y", ":", "http://[::1"} {
		if c, err := NewClient(bad); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("admin address %q: want a URL", bad)) {
			t.Errorf("%q: %v, %v, want a refusal", bad, c, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"problem", ProblemType, `{"title":"Conflict","detail":"a rollout runs","status":409}`, 409, "a rollout runs"},
		{"without detail", ProblemType + "; charset=utf-8", `{"title":"Conflict"}`, 409, "Conflict"},
		{"text of another server", "text/html", "<h1>no</h1>\n", 502, "answer 502 Bad Gateway: <h1>no</h1>"},
		{"long text", "text/plain", strings.Repeat("x", 5000), 500, "answer 500 Internal Server Error: " + strings.Repeat("x", 500)},
		{"broken problem", ProblemType, `{"title":`, 404, `answer 404 Not Found: {"title":`},
		{"nothing", "", "", 503, "answer 503 Service Unavailable:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			_, err := client.Status(t.Context())
			var p *Problem
			if !errors.As(err, &p) || p.Status != c.status || err.Error() != c.want {
				t.Errorf("got %v (%+v), want status %d and %q", err, p, c.status, c.want)
			}
		})
	}
}

func TestErrorsThatAreNoRefusals(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	_, err := c.Upstream(t.Context(), "api")
	var p *Problem
	if err == nil || errors.As(err, &p) || !strings.Contains(err.Error(), "GET /v1/upstreams/api") {
		t.Errorf("an answer that is not JSON: %v", err)
	}

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c, err = NewClient(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Status(t.Context()); err == nil || errors.As(err, &p) || !strings.HasPrefix(err.Error(), "no answer from the admin API at "+gone.URL+": ") {
		t.Errorf("nobody listens: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = c.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestProblemWithoutWords(t *testing.T) {
	if got := (&Problem{Status: 418}).Error(); got != "status 418" {
		t.Errorf("%q", got)
	}
}
