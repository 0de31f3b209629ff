package control

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/notify"
)

// A target is told how a rollout goes, one that hangs keeps nothing from moving, and a
// reload says who is told from then on.
func TestNotifications(t *testing.T) {
	var mu sync.Mutex
	var told []notify.Message
	l := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m notify.Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, m)
	}))
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the other side is gone
		<-r.Context().Done()
	}))
	defer func() {
		hung.CloseClientConnections()
		hung.Close()
		l.CloseClientConnections()
		l.Close()
	}()
	heard := func(phase string) (m notify.Message, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		i := slices.IndexFunc(told, func(m notify.Message) bool { return m.Phase == phase })
		if i < 0 {
			return m, false
		}
		return told[i], true
	}
	to := func(name, url string) config.Notify {
		return config.Notify{Name: name, URL: url, Events: slices.Concat(config.DefaultNotifyEvents, []string{"gate", "revision"}), Timeout: time.Minute, Retries: 8}
	}
	cfg := gated(people("ok", config.BeforeStart))
	cfg.Admin.URL = "https://weir.example.com/"
	cfg.Notify = []config.Notify{to("well", l.URL), to("hung", hung.URL)}
	wait := func(what string, f func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !f(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				mu.Lock()
				defer mu.Unlock()
				t.Fatalf("waited in vain until %s; told %+v", what, told)
			}
		}
	}
	b, stop := run(t, cfg, nil)
	b.start(t)
	b.is(t, rollout.WaitingGate, "")
	wait("the gate is asked", func() bool { _, ok := heard("asking"); return ok }) // else promote may be there first
	if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{Author: "alice"}); err != nil {
		t.Fatal(err)
	}
	b.is(t, rollout.Progressing, "")
	if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{Author: "alice", Reason: "enough"}); err != nil {
		t.Fatal(err)
	}
	wait("the end is told", func() bool { _, ok := heard("aborted"); return ok })
	if m, _ := heard("waiting_gate"); m.Event != "rollout" || m.Rollout != "r" || m.Upstream != "api" || m.From != "v1" || m.To != "v2" || m.Weight != 0 || m.Time.IsZero() {
		t.Errorf("told %+v", m)
	}
	if m, _ := heard("progressing"); m.Weight != 10 || m.Revision == 0 {
		t.Errorf("told %+v", m)
	}
	if m, _ := heard("asking"); m.Event != "gate" || m.Gate != "ok" || m.Rollout != "r" || !strings.HasPrefix(m.ApproveURL, "https://weir.example.com/approve/") {
		t.Errorf("told %+v", m)
	}
	mu.Lock()
	for _, m := range told {
		if m.ApproveURL != "" && m.Phase != "asking" {
			t.Errorf("%s has a link", m.Phase)
		}
	}
	mu.Unlock()
	if m, _ := heard("aborted"); !strings.Contains(m.Reason, "alice: enough") {
		t.Errorf("told %+v", m)
	}
	if s := b.Notifications(); len(s) != 2 || s[0].Error != "" || s[1].Queued == 0 {
		t.Errorf("%+v", s)
	}

	next := gated(people("ok", config.BeforeStart))
	next.Admin.URL = cfg.Admin.URL
	next.Notify = []config.Notify{to("well", l.URL)}
	if _, err := b.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if s := b.Notifications(); len(s) != 1 || s[0].Delivered == 0 {
		t.Errorf("after the reload: %+v", s)
	}
	began := time.Now()
	stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopped in %s", took)
	}
}
