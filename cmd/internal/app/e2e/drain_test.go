//go:build !race

package e2e

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// drain is long enough for a request that answers and short enough for a test.
const drain = 300 * time.Millisecond

// Promise: what is still in flight on an endpoint that takes nothing new is cut
// off after timeouts.drain, however it came to that. Without the bound a request
// that hangs would hold an old version for ever.
func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, h hanging){
		"removed": func(_ *testing.T, h hanging) {
			h.w.write(h.conf(one("v1", 100, h.other.addr), one("v2", 0, h.other.addr)))
			h.w.must("POST", "/v1/reload", "", nil)
		},
		"version removed": func(_ *testing.T, h hanging) {
			h.w.write(h.conf(one("v1", 100, h.other.addr)))
			h.w.must("POST", "/v1/reload", "", nil)
		},
		"drained": func(_ *testing.T, h hanging) {
			h.w.must("PATCH", "/v1/upstreams/api/endpoints/"+h.slow.addr, `{"state":"drain"}`, nil)
		},
		"down": func(_ *testing.T, h hanging) {
			h.w.must("PATCH", "/v1/upstreams/api/endpoints/"+h.slow.addr, `{"state":"down"}`, nil)
		},
		"reverted": func(_ *testing.T, h hanging) {
			h.w.must("POST", "/v1/upstreams/api/rollout/abort", "", nil)
		},
		"stopped": func(t *testing.T, h hanging) {
			h.w.signal(syscall.SIGTERM)
			if code := exitCode(h.w.wait()); code != 3 {
				t.Errorf("weir run cut a request off and ended with exit %d, want 3", code)
			}
			log, err := os.ReadFile(h.w.logFile())
			if err != nil || !strings.Contains(string(log), "cut off") {
				t.Errorf("the log (%v) does not say that requests were cut off", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hang(t, name == "reverted")
			at := time.Now()
			change(t, h)
			s := receive(t, "the end of the request in flight", h.shot)
			if s.ok() || errors.Is(s.err, os.ErrDeadlineExceeded) || s.done.Sub(at) < drain {
				t.Errorf("request in flight when its endpoint was %s: %v, %v later, want it cut off after %v", name, s, s.done.Sub(at), drain)
			}
			eventually(t, "the endpoint is left", func() bool { return h.slow.left.Load() == 1 })
		})
	}
}

// hanging is a Weir with a request in flight that never gets an answer, at the
// only endpoint of v2.
type hanging struct {
	w           *weir
	slow, other *backend
	shot        chan shot
}

// conf gives requests time and has no guard, so that nothing but the drain can
// end them.
func (h hanging) conf(versions ...version) conf {
	return conf{versions: versions, extra: "timeouts: {response: 10m, idle: 10m, drain: " + drain.String() + "}\nguard: off\n" + ramp}
}

// hang leads everything to v2, by its weight or by a rollout, and hangs there.
func hang(t *testing.T, byRollout bool) hanging {
	t.Helper()
	h := hanging{slow: newBackend(t), other: newBackend(t), w: newWeir(t), shot: make(chan shot, 1)}
	h.slow.does(func(int, *http.Request) reply { return reply{hang: true} })
	h.w.run(h.conf(one("v1", 100, h.other.addr), one("v2", 0, h.slow.addr)))
	if byRollout {
		h.w.startRollout("v2")
		h.w.must("POST", "/v1/upstreams/api/rollout/promote", `{"full":true}`, nil)
	} else {
		h.w.split(`{"v1":0,"v2":100}`)
	}
	c := &client{addr: h.w.web}
	t.Cleanup(c.close)
	// Not idempotent, or it would be sent again elsewhere.
	go func() { h.shot <- c.do("hang", http.MethodPost, []byte("for ever"), time.Now()) }()
	eventually(t, "the request is at the endpoint", func() bool { return h.slow.count() == 1 })
	return h
}
