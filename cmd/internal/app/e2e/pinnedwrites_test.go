//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// pinnedSteps moves reads in three steps that people end, and writes with the second.
const pinnedSteps = `
rollout:
  strategy: canary
  steps: [{weight: 10%, pause: true}, {weight: 50%, pause: true, switch_writes: true}, {weight: 100%, pause: true}]
  min_requests: 1
  bake: 0s
  writes: {pinned: true, read_your_writes: 10s}
`

// store is a version with storage of its own, which nobody copies: who reads elsewhere
// what he has written here does not find it.
type store struct {
	mu     sync.Mutex
	values map[string]string // by session
	writes int
}

func newStore(t *testing.T) (*store, string) {
	t.Helper()
	s := &store{values: map[string]string{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, strings.TrimPrefix(srv.URL, "http://")
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := r.Header.Get("X-Session")
	if r.Method == http.MethodPost {
		value, _ := io.ReadAll(r.Body)
		s.values[session] = string(value)
		s.writes++
	}
	io.WriteString(w, s.values[session])
}

func (s *store) written() int { s.mu.Lock(); defer s.mu.Unlock(); return s.writes }

// session is a client of one: it demands a 200 and says which version that is of.
func session(t *testing.T, w *weir, c *http.Client, name, method, value string) (body, version string) {
	t.Helper()
	body, version, err := exchanged(c, w.web, name, method, value)
	if err != nil {
		t.Fatal(err)
	}
	return body, version
}

// exchanged is one request of a session, which writes value if it is a POST. An answer
// that is not a 200 is an error.
func exchanged(c *http.Client, addr, name, method, value string) (body, version string, err error) {
	req, err := http.NewRequest(method, "http://"+addr+"/", nil)
	if err != nil {
		return "", "", err
	}
	if method == http.MethodPost {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(value)), int64(len(value))
	}
	req.Header.Set("X-Session", name)
	resp, err := c.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", method, resp.Status)
	}
	return string(got), resp.Header.Get("X-Weir-Version"), err
}

// Promise: while weights move reads, writes stay in one version until they are switched,
// and whoever has written reads what he wrote.
func TestPinnedWrites(t *testing.T) {
	t.Parallel()
	v1, addr1 := newStore(t)
	v2, addr2 := newStore(t)
	w := newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, addr1), one("v2", 0, addr2)}, extra: pinnedSteps})
	w.startRollout("v2")
	plain := &http.Client{Timeout: patience}
	t.Cleanup(plain.CloseIdleConnections)
	for _, step := range []struct {
		reads  int // percent that v2 has
		writer string
	}{{10, "v1"}, {50, "v2"}, {100, "v2"}} {
		var up struct {
			Writes struct {
				Pinned  bool
				Version string
			}
			Rollout struct{ Writes string }
		}
		w.must("GET", "/v1/upstreams/api", "", &up)
		if !up.Writes.Pinned || up.Writes.Version != step.writer || up.Rollout.Writes != step.writer {
			t.Errorf("at %d %%: %+v, want writes with %s", step.reads, up, step.writer)
		}
		if out, _, _ := w.cli("rollout", "status", "api"); !strings.Contains(out, "all to "+step.writer) {
			t.Errorf("status:\n%s", out)
		}
		other, before := v2, v2.written()
		if step.writer == "v2" {
			other, before = v1, v1.written()
		}
		for i := range 10 {
			jar, _ := cookiejar.New(nil) // nil is no mistake of ours
			c := &http.Client{Jar: jar, Timeout: patience}
			name, value := fmt.Sprint(step.reads, "-", i), fmt.Sprint("value ", i)
			if _, by := session(t, w, c, name, "POST", value); by != step.writer {
				t.Fatalf("at %d %%: a write went to %s, want %s", step.reads, by, step.writer)
			}
			for range 5 {
				if got, by := session(t, w, c, name, "GET", ""); got != value {
					t.Fatalf("at %d %%: %s answers %q to who has written %q", step.reads, by, got, value)
				}
			}
			c.CloseIdleConnections()
		}
		if n := other.written() - before; n != 0 {
			t.Errorf("at %d %%: %d writes went to the other version", step.reads, n)
		}
		atV2 := 0
		for range 100 {
			if _, by := session(t, w, plain, "none", "GET", ""); by == "v2" {
				atV2++
			}
		}
		if atV2 < step.reads-5 || atV2 > step.reads+5 {
			t.Errorf("%d of 100 reads went to v2, want %d", atV2, step.reads)
		}
		if _, stderr, code := w.cli("rollout", "promote", "api"); code != 0 {
			t.Fatal(stderr)
		}
	}
	w.rolloutIs("succeeded")
}

// Promise: a candidate that answers every read and fails every write is out about a
// second after it got the writes; no reader sees anything of it, and no write is sent
// twice.
func TestCandidateThatFailsWritesIsReverted(t *testing.T) {
	v1, v2, w := threefold(t, strings.ReplaceAll(pinnedSteps, ", read_your_writes: 10s", ""))
	v2.does(func(_ int, r *http.Request) reply {
		if r.Method == http.MethodPost {
			return reply{status: 500}
		}
		return reply{}
	})
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, postEvery: 4, prefix: "pinned"})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 200 })
	w.startRollout("v2")
	eventually(t, "reads of v2", func() bool { return len(v2.received()) > 20 })
	for _, r := range v2.received() {
		if r.method != http.MethodGet {
			t.Fatalf("v2 got a %s before writes were switched", r.method)
		}
	}
	switched := time.Now()
	if _, stderr, code := w.cli("rollout", "promote", "api"); code != 0 {
		t.Fatal(stderr)
	}
	r := w.rolloutIs("reverted")
	n := l.sofar()
	eventually(t, "traffic after the revert", func() bool { return l.sofar() > n+200 })
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	for _, part := range []string{"errors: v2 failed ", " writes (100%), over max_error_rate 5%", "v1 failed 0 of "} {
		if !strings.Contains(r.Reason, part) {
			t.Errorf("reason %q: want %q", r.Reason, part)
		}
	}
	var last time.Time
	for _, got := range v2.received() {
		if got.method == http.MethodPost && got.at.After(last) {
			last = got.at
		}
	}
	if r.Report == nil || r.Report.SecondsToZero == nil || *r.Report.SecondsToZero > 3 {
		t.Errorf("report %+v: want writes back within seconds", r.Report)
	}
	t.Logf("the last write came to v2 %v after the switch was asked for: %s", last.Sub(switched).Round(time.Millisecond), r.Reason)
}
