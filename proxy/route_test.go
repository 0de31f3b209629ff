package proxy

import (
	"strings"
	"testing"
)

func TestBadRoutesAreRefused(t *testing.T) {
	good := one(t, "127.0.0.1:1")
	broken := one(t, "127.0.0.1:1")
	broken.Versions = nil
	for name, tt := range map[string]struct {
		routes []Route
		want   string
	}{
		"twice":       {[]Route{{Match: Match{Host: "*", Path: "/"}, Upstream: good}, {Match: Match{Host: "", Path: "/"}, Upstream: good}}, "written twice"},
		"no upstream": {[]Route{{Match: Match{Path: "/"}}}, "one of upstream"},
		"versions":    {[]Route{{Match: Match{Path: "/"}, Upstream: broken}}, "1 shares for 0 versions"},
	} {
		if _, err := NewSnapshot(1, tt.routes); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
	}
	if s, err := NewSnapshot(7, nil); err != nil || s.Generation != 7 {
		t.Errorf("no routes: %v, want a snapshot", err)
	}
}

// TestRoutesKnowTheListener: a route may be for what comes to one of several listeners.
func TestRoutesKnowTheListener(t *testing.T) {
	r := start(t, one(t, "127.0.0.1:1"), Options{})
	r.serveRoutes(t,
		Route{Match: Match{Path: "/"}, Respond: &Respond{Status: 200, Body: "all"}},
		Route{Match: Match{Listeners: []string{"alt", "third"}, Path: "/"}, Respond: &Respond{Status: 200, Body: "alt"}},
	)
	r.answersAs(t, "alt", "all", "alt")
}

// answersAs has another listener of that name beside the rig's own, and wants the
// bodies of what comes to each.
func (r *rig) answersAs(t *testing.T, name, own, other string) {
	t.Helper()
	second := listen(t)
	done := make(chan error, 1)
	go func() { done <- r.ServeAs(name, second) }()
	for addr, want := range map[string]string{r.addr: own, second.Addr().String(): other} {
		if g := (&rig{addr: addr}).dial(t).get("/"); g.body != want {
			t.Errorf("%s answers %q, want %q", addr, g.body, want)
		}
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
