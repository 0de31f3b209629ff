//go:build !race

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// eventAnswer is an event as the API says it.
type eventAnswer struct {
	Type, Version, State, Reason string
	At                           time.Time
}

// records keeps the events from now on; the function it returns says those so far.
func (w *weir) records() func() []eventAnswer {
	w.t.Helper()
	res, err := http.Get("http://" + w.admin + "/v1/events")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { res.Body.Close() })
	var mu sync.Mutex
	var all []eventAnswer
	go func() {
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			var e eventAnswer
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok && json.Unmarshal([]byte(data), &e) == nil {
				mu.Lock()
				all = append(all, e)
				mu.Unlock()
			}
		}
	}()
	return func() []eventAnswer {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// writers are users who write and read what they wrote, each with cookies of his own,
// until the function it returns is called; that says what they wrote.
func writers(t *testing.T, w *weir, n int, every time.Duration) func() []string {
	t.Helper()
	stop := make(chan struct{})
	var mu sync.Mutex
	var written []string
	var wg sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: n}
	for u := range n {
		wg.Go(func() {
			jar, _ := cookiejar.New(nil) // nil is no mistake of ours
			c := &http.Client{Jar: jar, Timeout: patience, Transport: transport}
			name := fmt.Sprint("user-", u)
			time.Sleep(every * time.Duration(u) / time.Duration(n)) // not all at the same moment
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(every):
				}
				value := fmt.Sprint(name, " writes ", i)
				for _, method := range []string{http.MethodPost, http.MethodGet} {
					body, version, err := exchanged(c, w.web, name, method, value)
					if err != nil || body != value {
						t.Errorf("%s of %s: %s answers %q, %v", method, value, version, body, err)
						return
					}
				}
				mu.Lock()
				written = append(written, value)
				mu.Unlock()
			}
		})
	}
	end := sync.OnceFunc(func() { close(stop); wg.Wait(); transport.CloseIdleConnections() })
	t.Cleanup(end)
	return func() []string { end(); return written }
}

// patient keeps the example's writes held for as long as a busy machine may take.
var patient = []string{"failure_limit: 20, timeout: 3s", "failure_limit: 500, timeout: 30s", "max: 5s", "max: 30s"}

// cutOver runs the example of a database's cut-over with services that are here, in
// seconds; here are further pairs of what stands there and what is to.
func cutOver(t *testing.T, here ...string) (*replicated, *weir) {
	t.Helper()
	w := newWeir(t)
	db := newReplicated(t, w.dir)
	text, err := os.ReadFile(filepath.Join(root, "deploy/examples/database.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w.writeText(strings.NewReplacer(append(here,
		"127.0.0.1:8080", w.web, "127.0.0.1:9900", w.admin,
		"127.0.0.1:3000", db.about, "127.0.0.1:3001", db.addr["v1"], "127.0.0.1:3002", db.addr["v2"],
		"./expand.sh", db.migration(t, "42"), "./contract.sh", db.migration(t, "43"),
		"interval: 2s, rise: 2", "interval: 100ms, rise: 1", "interval: 5s", "interval: 1s",
		"mirror: 20%, hold: 5m", "mirror: 100%, hold: 500ms", "max_mismatch: 1%", "max_mismatch: 3%",
		"weight: 1%, hold: 1m", "weight: 10%, hold: 500ms", "weight: 25%, hold: 5m", "weight: 25%, hold: 500ms",
		"bake: 10m", "bake: 1s", "keep_warm: 1h", "keep_warm: 1s",
	)...).Replace(string(text)))
	w.start()
	return db, w
}

// theCutOver is what has to happen, in this order; other events may come between.
var theCutOver = []eventAnswer{
	{Type: "gate", State: "passed", Reason: "expand at before_start"},
	{Type: "schema", State: "42"},
	{Type: "rollout", State: "progressing", Reason: "100% of reads mirrored to v2"},
	{Type: "rollout", State: "progressing", Reason: "certified to answer alike"},
	{Type: "write_hold", Reason: "writes are held, for 30s at most"},
	{Type: "write_hold", Reason: "in flight 0"},
	{Type: "gate", State: "passed", Reason: "copied at before_step"},
	{Type: "revision", Reason: "step 2 of 4: v2 at 10%"},
	{Type: "revision", Reason: "step 3 of 4: v2 at 25%"},
	{Type: "revision", Reason: "step 4 of 4: v2 at 100%"},
	{Type: "rollout", State: "baking"},
	{Type: "rollout", State: "succeeded"},
	{Type: "version_retired", State: "retired"},
	{Type: "gate", State: "passed", Reason: "contract at after_finish"},
	{Type: "contract", State: "passed"},
}

// inOrder demands such events one behind the other, and returns them as they came.
func inOrder(t *testing.T, all, want []eventAnswer) (got []eventAnswer) {
	t.Helper()
	for _, e := range all {
		if len(got) == len(want) {
			break
		}
		if next := want[len(got)]; e.Type == next.Type && strings.Contains(e.State, next.State) && strings.Contains(e.Reason, next.Reason) {
			got = append(got, e)
		}
	}
	if len(got) < len(want) {
		for _, e := range all {
			t.Logf("%s %s %s: %s", e.At.Format("05.000"), e.Type, e.State, e.Reason)
		}
		t.Fatalf("no event like %+v after those before it", want[len(got)])
	}
	return got
}

// Promise: the cut-over of a database runs as one plan, each part in its turn, and costs
// nobody a write, a read, or the sight of what he has written.
func TestCutOverOfADatabase(t *testing.T) {
	t.Parallel()
	db, w := cutOver(t, patient...)
	db.stuck.Store(true)
	w.eventually("the schema", func() bool { return w.schema().Schema.Current != nil })
	w.refused("schema: v2 cannot run on schema 41", "set-weight", "api", "v1=90", "v2=10")
	events := w.records()
	readers := startLoad(t, loadOptions{addr: w.web, rate: 120, prefix: "r", most: 200})
	ended := writers(t, w, 25, 500*time.Millisecond)
	eventually(t, "steady traffic", func() bool { return readers.sofar() > 50 })
	w.startRollout("v2")
	w.held()
	w.eventually("writes wait", func() bool { return w.upstream().Writes.Hold.Waiting > 5 })
	if n := w.share("v2"); n != 0 {
		t.Errorf("v2 has a share of %v while writes are held", n)
	}
	db.stuck.Store(false)
	w.eventually("the contract", func() bool { return w.schema().Contract.State == "passed" })
	hold, pairs := w.upstream().Writes.Hold, w.mirror().Pairs
	w.refused(" is a point of no return: contract passed at ", "rollout", "undo", "api")
	written, reads := ended(), readers.end()
	noFailures(t, reads)
	came := inOrder(t, events(), theCutOver)
	expanded, all := came[0].At, came[9].At

	if hold == nil || !hold.Drained || hold.Expired || pairs < 50 {
		t.Fatalf("the hold was %+v, behind %d mirrored pairs", hold, pairs)
	}
	proof := hold.Since.Add(time.Duration(hold.DrainedAfter * float64(time.Millisecond)))
	times := map[string]int{} // that a value was written
	for _, r := range db.touches() {
		write := r.method == http.MethodPost
		if write {
			times[r.value]++
		}
		switch {
		case r.shadow && (write || r.at.Before(expanded)):
			t.Errorf("a copy of %s came to %s at %v; the schema was expanded at %v", r.method, r.version, r.at, expanded)
		case r.version == "v2" && !r.shadow && r.at.Before(proof):
			t.Errorf("%s of %q came to v2 at %v, before the proof of %v", r.method, r.session, r.at, proof)
		case r.version == "v1" && write && (r.at.After(proof) || r.done.After(proof.Add(time.Millisecond))):
			t.Errorf("%q was written to v1 at %v, behind the proof of %v", r.value, r.at, proof)
		}
	}
	for _, value := range written {
		if times[value] != 1 {
			t.Errorf("%q was written %d times", value, times[value])
		}
	}
	ramp := map[string]int{}
	for _, s := range reads {
		switch {
		case s.done.Before(proof) && s.version != "v1", s.sent.After(all.Add(time.Second)) && s.version != "v2":
			t.Errorf("%v: switched at %v, all of it at %v", s, proof, all)
		case s.sent.After(came[7].At) && s.done.Before(all):
			ramp[s.version]++
		}
	}
	if ramp["v1"] <= ramp["v2"] || ramp["v2"] == 0 {
		t.Errorf("%v reads between the switch of writes and the last step, want them ramped up", ramp)
	}
	if keys, err := os.ReadFile(filepath.Join(w.dir, "migrations")); string(keys) != w.rollout().ID+"/expand\n"+w.rollout().ID+"/contract\n" {
		t.Errorf("migrations by %q, %v", keys, err)
	}
	t.Logf("%d writes, held for %v; %d pairs; %v", len(written), came[7].At.Sub(hold.Since).Round(time.Millisecond), pairs, ramp)
}
