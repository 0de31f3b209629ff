package admin

import (
	"strings"
	"testing"
)

func TestProfiles(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	for path, want := range map[string]string{
		"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile:", "/debug/pprof/cmdline": "admin.test", "/debug/pprof/symbol": "num_symbols",
	} {
		if a := r.send("GET", path, "", bearer(operateToken)...); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %.200s, want %q", path, a.status, a.body, want)
		}
		for token, status := range map[string]int{viewToken: 403, evaluateToken: 403, "wrong-wrong-wrong": 401} {
			if a := r.send("GET", path, "", bearer(token)...); a.status != status {
				t.Errorf("%s with token %s: %d, want %d", path, token, a.status, status)
			}
		}
	}
	if a := newRig(t, nil).send("GET", "/debug/pprof/heap?debug=1", ""); a.status != 200 || !strings.Contains(a.body, "heap profile:") {
		t.Errorf("without tokens: %d %.200s", a.status, a.body)
	}
}
