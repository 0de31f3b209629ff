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
