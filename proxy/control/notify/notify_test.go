package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listener is a service that is told, and answers as f says.
type listener struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	said []string
}

func listen(t *testing.T, f func(n int, w http.ResponseWriter, r *http.Request)) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		l.got, l.said = append(l.got, r), append(l.said, string(in))
		n := len(l.got)
		l.mu.Unlock()
		if f != nil {
			f(n, w, r)
		}
	}))
	t.Cleanup(func() {
		client.CloseIdleConnections()
		l.CloseClientConnections()
		l.Close()
	})
	return l
}

func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.said)
}

// start runs a notifier with short waits until the test ends, or stop is called.
func start(t *testing.T, targets ...Target) (n *Notifier, stop func()) {
	t.Helper()
	n = New(zerolog.Nop())
	n.waits = waits{first: time.Millisecond, most: 10 * time.Millisecond, end: 200 * time.Millisecond}
	n.Set(targets)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return n, stop
}

func target(url string) Target {
	return Target{Name: "chat", URL: url, Events: []string{"reverted", "revision"}, Timeout: 5 * time.Second, Retries: 20}
}

func reverted(reason string) Message {
	return Message{
		Event: Rollout, Phase: "reverted", Rollout: "api-7", Upstream: "api", From: "v1", To: "v2", Version: "v2", Weight: 10,
		Reason: reason, Revision: 8, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain until ", what)
		}
	}
}

func TestWhatATargetIsTold(t *testing.T) {
	l := listen(t, nil)
	to := target(l.URL + "/hook/s3cret")
	to.Headers = []Header{{"Authorization", "Bearer x"}, {"host", "hooks.example"}}
	n, _ := start(t, to)
	n.Tell(Message{Event: Rollout, Phase: "progressing"}) // which nobody wants
	n.Tell(reverted("worse: v2 failed"))
	n.Tell(Message{Event: "revision", Phase: "api", Upstream: "api", Revision: 9})
	until(t, "both are taken", func() bool { return n.Stats()[0].Delivered == 2 })
	r, said := l.got[0], l.heard()
	if r.Method != "POST" || r.URL.Path != "/hook/s3cret" || r.Host != "hooks.example" || r.Header.Get("Authorization") != "Bearer x" ||
		r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Idempotency-Key") == "" ||
		r.Header.Get("Idempotency-Key") == l.got[1].Header.Get("Idempotency-Key") {
		t.Errorf("asked %s %s of %s with %v", r.Method, r.URL, r.Host, r.Header)
	}
	const want = `{"gate":"","phase":"reverted","rollout":"api-7","upstream":"api","flag":"","from":"v1","to":"v2","weight":10,"reason":"worse: v2 failed",` +
		`"event":"rollout","group":"","version":"v2","address":"","revision":8,"time":"2026-01-02T03:04:05Z","approve_url":""}`
	if said[0] != want || !strings.Contains(said[1], `"revision":9`) {
		t.Errorf("said\n%s\n%s, want\n%s", said[0], said[1], want)
	}
}

func TestSlack(t *testing.T) {
	for _, c := range []struct {
		m    Message
		want string
	}{
		{reverted("worse: <b> & more"), "*api* v1 → v2: rollout *reverted* at 10%: worse: &lt;b&gt; &amp; more"},
		{Message{Event: "version_retired", Phase: "retired", Upstream: "api", Group: "shop", Version: "v1", Reason: "v1 has retired: 0 in flight"}, "*shop: api* v1: version *retired*: v1 has retired: 0 in flight"},
		{
			Message{Event: "contract", Phase: "passed", Upstream: "api", From: "v1", To: "v2", Weight: 100, Reason: "contract passed: there is no way back"},
			"*api* v1 → v2: contract *passed* at 100%: there is no way back",
		},
		{
			Message{Event: "rollout", Phase: "holding", Upstream: "api", From: "v1", To: "v2", Weight: 10, Reason: "holding: v1 fails, too"},
			"*api* v1 → v2: rollout *holding* at 10%: v1 fails, too",
		},
		{
			Message{Event: "gate", Phase: "asking", Upstream: "api", From: "v1", To: "v2", Gate: "boss", Reason: "boss at before_start", ApproveURL: "https://weir.example.com/approve/x.y"},
			"*api* v1 → v2: gate *asking* at 0%: boss at before_start. Approve or reject: https://weir.example.com/approve/x.y",
		},
		{
			Message{Event: "rollout", Phase: "reverted", Flag: "new-checkout", From: "off", To: "on", Version: "on", Reason: "worse: on failed 9 of 10 requests"},
			"*flag new-checkout* off → on: rollout *reverted* at 0%: worse: on failed 9 of 10 requests",
		},
		{Message{Event: "reload", Phase: "refused", Reason: "weir.yaml:1:1: no"}, "*weir*: reload *refused*: weir.yaml:1:1: no"},
	} {
		var got map[string]string
		if err := json.Unmarshal(c.m.body(true), &got); err != nil || len(got) != 1 || got["text"] != c.want {
			t.Errorf("said %v, %v; want the text %q", got, err, c.want)
		}
	}
}

// The page about notifications shows what is sent.
func TestNotificationsPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, slack := range []bool{false, true} {
		_, rest, _ := strings.Cut(string(page), "```json\n")
		example, rest, _ := strings.Cut(rest, "```\n")
		page = []byte(rest)
		m := Message{
			Event: Rollout, Phase: "reverted", Rollout: "api-7", Upstream: "api", From: "v1", To: "v2", Version: "v2",
			Reason: "worse: v2 failed 12 of 40 first attempts (30%), ...", Revision: 9, Time: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC),
		}
		if slack {
			m = Message{
				Event: "gate", Phase: "asking", Gate: "boss", Rollout: "api-7", Upstream: "api", From: "v1", To: "v2",
				Reason: "boss at before_start", ApproveURL: "https://weir.example.com/approve/eyJ1...", Approval: true,
			}
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(example)); err != nil {
			t.Fatalf("%v: %s", err, example)
		}
		if got := string(m.body(slack)); got != compact.String() {
			t.Errorf("the page has\n%s, sent is\n%s", &compact, got)
		}
	}
}

// Who wants approvals is told when a gate waits for somebody, and of no other gate.
func TestWhoWantsApprovals(t *testing.T) {
	q := queue{Target: Target{Events: []string{Approval}}}
	for _, m := range []Message{{Event: "gate", Phase: "asking"}, {Event: "gate", Phase: "asking", Approval: true}, {Event: Rollout, Phase: "waiting_gate"}} {
		if q.wants(&m) != m.Approval {
			t.Errorf("%+v: wanted: %v", m, q.wants(&m))
		}
	}
}

// What fails is tried again, the same, and what comes after it comes after it.
func TestRetries(t *testing.T) {
	l := listen(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		switch n {
		case 1:
			w.WriteHeader(500)
		case 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(429)
		case 3:
			panic(http.ErrAbortHandler)
		}
	})
	n, _ := start(t, target(l.URL))
	n.Tell(reverted("one"))
	n.Tell(reverted("two"))
	until(t, "both are taken", func() bool { return n.Stats()[0].Delivered == 2 })
	said := l.heard()
	if len(said) != 5 || said[0] != said[3] || !strings.Contains(said[4], "two") {
		t.Errorf("said %q", said)
	}
	for _, r := range l.got[1:4] {
		if k := r.Header.Get("Idempotency-Key"); k != l.got[0].Header.Get("Idempotency-Key") {
			t.Errorf("tried again with the key %q", k)
		}
	}
	if s := n.Stats()[0]; s.Failed != 0 || s.Dropped != 0 || s.Error != "" || s.Queued != 0 {
		t.Errorf("%+v", s)
	}
}

// What will never be taken is given up at once, and what is not in the end; neither
// keeps what comes later, nor says where it was sent.
func TestGivenUp(t *testing.T) {
	var refuse func(n int, w http.ResponseWriter, r *http.Request)
	l := listen(t, func(n int, w http.ResponseWriter, r *http.Request) { refuse(n, w, r) })
	for _, c := range []struct {
		name   string
		refuse func(n int, w http.ResponseWriter, r *http.Request)
		tries  int
		err    string
	}{
		{"no", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 1, "answered 404"},
		{"elsewhere", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, 1, "answered 307"},
		{"broken", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 3, "answered 503"},
		{"hangs", func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 3, "deadline exceeded"},
	} {
		l.mu.Lock()
		l.got, l.said = nil, nil
		l.mu.Unlock()
		refuse = c.refuse
		to := target(l.URL + "/s3cret")
		to.Retries, to.Timeout = 2, 50*time.Millisecond
		n, stop := start(t, to)
		n.Tell(reverted("one"))
		until(t, c.name+" is given up", func() bool { return n.Stats()[0].Failed == 1 })
		s := n.Stats()[0]
		if got := len(l.heard()); got != c.tries || !strings.Contains(s.Error, c.err) || strings.Contains(s.Error, "s3cret") {
			t.Errorf("%s: tried %d times, %+v", c.name, got, s)
		}
		stop()
	}
	gone := target("http://127.0.0.1:1/s3cret")
	gone.Retries = 1
	n, _ := start(t, gone)
	n.Tell(reverted("one"))
	until(t, "it is given up", func() bool { return n.Stats()[0].Failed == 1 })
	if s := n.Stats()[0]; !strings.Contains(s.Error, "refused") || strings.Contains(s.Error, "s3cret") {
		t.Errorf("%+v", s)
	}
}

// A target that hangs holds nobody up: not who tells, not another target. Beyond what
// can wait the oldest is dropped, and the end comes soon.
func TestATargetThatHangs(t *testing.T) {
	hung := listen(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	well := listen(t, nil)
	a, b := target(hung.URL), target(well.URL)
	a.Timeout, b.Name = time.Hour, "other"
	n, stop := start(t, a, b)
	n.Tell(reverted("first"))
	until(t, "it hangs", func() bool { return len(hung.heard()) == 1 })
	for i := range longest + 50 {
		n.Tell(reverted(fmt.Sprint("more ", i)))
		if i%100 == 0 {
			until(t, "the other has it", func() bool { return n.Stats()[1].Queued == 0 })
		}
	}
	until(t, "the other has all", func() bool { return n.Stats()[1].Delivered == longest+51 })
	if s := n.Stats()[0]; s.Queued != longest || s.Dropped != 51 || s.Delivered != 0 {
		t.Errorf("%+v", s)
	}
	began := time.Now()
	stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopped in %s", took)
	}
	if s := n.Stats()[0]; s.Queued != 0 || s.Dropped+s.Failed != longest+51 {
		t.Errorf("in the end: %+v", s)
	}
}

// What has not been taken when Weir stops has one more try.
func TestTheEnd(t *testing.T) {
	ready := make(chan struct{})
	l := listen(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		select {
		case <-ready:
		default:
			w.WriteHeader(500)
		}
	})
	to := target(l.URL)
	n, stop := start(t, to)
	n.Set([]Target{to, {Name: "x"}}) // does not change the first
	n.Tell(reverted("one"))
	n.Tell(reverted("two"))
	until(t, "one is tried", func() bool { return len(l.heard()) > 0 })
	close(ready)
	stop()
	if s := n.Stats()[0]; s.Delivered != 2 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSetWhileItRuns(t *testing.T) {
	one, two := listen(t, nil), listen(t, nil)
	n, _ := start(t, target(one.URL))
	n.Tell(reverted("a"))
	until(t, "it is taken", func() bool { return n.Stats()[0].Delivered == 1 })
	n.Set([]Target{target(two.URL), target(one.URL)})
	n.Tell(reverted("b"))
	until(t, "both have it", func() bool { return n.Stats()[0].Delivered == 1 && n.Stats()[1].Delivered == 2 })
	n.Set(nil)
	n.Tell(reverted("c"))
	if len(n.Stats()) != 0 {
		t.Error("there are still targets")
	}
	if got := len(one.heard()); got != 2 {
		t.Errorf("the first was told %d times", got)
	}
}

// A file is read each time, and what is wrong with it says nothing of what is in it.
func TestURLOfAFile(t *testing.T) {
	l := listen(t, nil)
	file := filepath.Join(t.TempDir(), "url")
	to := target("")
	to.File, to.Retries = file, 1000
	n, _ := start(t, to)
	n.Tell(reverted("one"))
	failed := func() bool { return n.Stats()[0].Error != "" }
	until(t, "it is not there", failed)
	if err := os.WriteFile(file, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "it has none", func() bool { return strings.Contains(n.Stats()[0].Error, "has no URL") })
	if e := n.Stats()[0].Error; strings.Contains(e, "s3cret") {
		t.Error(e)
	}
	if err := os.WriteFile(file, []byte(l.URL+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "it is taken", func() bool { return n.Stats()[0].Delivered == 1 })
}

func TestWaits(t *testing.T) {
	for failures, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		for range 100 {
			if got := normal.after(failures); got < want*3/4 || got > want*5/4+1 {
				t.Errorf("after %d failures: %s, want about %s", failures, got, want)
			}
		}
	}
	if normal.after(1000) > 75*time.Second {
		t.Error("waits too long")
	}
}
