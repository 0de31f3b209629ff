package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// gated is a file whose canary has these gates.
func gated(gates ...config.Gate) *config.Config {
	cfg := fileConfig(upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1}))
	for _, g := range gates {
		if g.OnTimeout == "" {
			g.OnTimeout = "reject"
		}
		g.Count = max(g.Count, 1)
		if g.Timeout == 0 && !g.Approval {
			g.Timeout = 30 * time.Second
		}
		cfg.Upstreams[0].Rollout.Gates = append(cfg.Upstreams[0].Rollout.Gates, g)
	}
	return cfg
}

func people(name, at string) config.Gate { return config.Gate{Name: name, At: at, Approval: true} }

// run is a Control with everything running, until stop.
func run(t *testing.T, cfg *config.Config, store state.Store) (b *bench, stop func()) {
	t.Helper()
	b = newBench(t, Options{Config: cfg, Store: store})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return b, stop
}

// start begins a rollout to v2.
func (b *bench) start(t *testing.T) {
	t.Helper()
	if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", ID: "r"}, Meta{}); err != nil {
		t.Fatal(err)
	}
}

// is waits until the rollout is in a phase with such a reason.
func (b *bench) is(t *testing.T, phase rollout.Phase, reason string) rollout.State {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s, err := b.Rollout("api")
		if err == nil && s.Phase == phase && strings.Contains(s.Reason, reason) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("the rollout is %s: %s (%v); want %s: %s", s.Phase, s.Reason, err, phase, reason)
		}
	}
}

// gates are the states and reasons of the gates, in one line.
func (b *bench) gates(t *testing.T) string {
	t.Helper()
	views, err := b.Gates("api")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range views {
		out = append(out, strings.TrimSuffix(v.Name+" "+v.State+" "+v.Reason, " "))
	}
	return strings.Join(out, "; ")
}

func (b *bench) wantGates(t *testing.T, want string) {
	t.Helper()
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got = b.gates(t); got == want {
			return
		}
	}
	t.Fatalf("gates: %s; want %s", got, want)
}

func (b *bench) token(t *testing.T, gate string) string {
	t.Helper()
	views, err := b.Gates("api")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if v.Name == gate && v.Link != "" {
			return strings.TrimPrefix(v.Link, "/approve/")
		}
	}
	t.Fatalf("gate %s has no link: %+v", gate, views)
	return ""
}

func TestApprovals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := run(t, gated(people("boss", rollout.BeforeStart), people("dba", rollout.BeforeStart), people("end", rollout.BeforeFinish)), nil)
		defer stop()
		b.start(t)
		b.is(t, rollout.WaitingGate, "boss")
		b.wantGates(t, "boss asking; dba pending; end pending")
		if got := b.split("api").Weights["v2"]; got != 0 {
			t.Errorf("v2 has %v before anybody has approved", got)
		}
		_, err := b.Approve(t.Context(), "api", "bos", true, Meta{})
		wantKind(t, err, NotFound)
		_, err = b.Approve(t.Context(), "api", "end", true, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "gate end: it is not asked now, but before_finish")
		for _, name := range []string{"dba", "boss"} { // ahead of its turn, too
			if _, err := b.Approve(t.Context(), "api", name, true, Meta{Author: "ann", Reason: "looks fine"}); err != nil {
				t.Fatal(err)
			}
		}
		s := b.is(t, rollout.Progressing, "step 1 of 3")
		if s.Percent != 10 {
			t.Errorf("v2 at %v %%", s.Percent)
		}
		b.wantGates(t, "boss passed approved by ann: looks fine; dba passed approved by ann: looks fine; end pending")
		_, err = b.Approve(t.Context(), "api", "boss", true, Meta{})
		wantKind(t, err, Conflict)
	})
}

func TestApprovalRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := run(t, gated(people("boss", rollout.BeforeStart), people("dba", rollout.BeforeStart)), nil)
		defer stop()
		b.start(t)
		b.is(t, rollout.WaitingGate, "boss")
		if _, err := b.Approve(t.Context(), "api", "boss", false, Meta{Author: "ann", Reason: "not today"}); err != nil {
			t.Fatal(err)
		}
		b.is(t, rollout.Aborted, "boss: rejected by ann: not today")
		b.wantGates(t, "boss rejected rejected by ann: not today; dba not_asked")
		_, err := b.Approve(t.Context(), "api", "dba", true, Meta{})
		wantKind(t, err, Conflict)
		if got := b.upstream("api").record.Revision; got != 1 {
			t.Errorf("revision %d after a rollout that was rejected before its start", got)
		}
	})
}

// What people have answered is not asked again after a restart, and links go on to
// work; what nobody has answered is asked.
func TestApprovalsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		cfg := gated(people("boss", rollout.BeforeStart), people("dba", rollout.BeforeStart))
		b, stop := run(t, cfg, store)
		b.start(t)
		b.wantGates(t, "boss asking; dba pending")
		if _, err := b.Approve(t.Context(), "api", "boss", true, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantGates(t, "boss passed approved; dba asking")
		link := b.token(t, "dba")
		stop()
		b, stop = run(t, cfg, store)
		defer stop()
		b.wantGates(t, "boss passed approved; dba asking")
		if err := b.ApproveLink(t.Context(), link, true, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.is(t, rollout.Progressing, "step 1 of 3")
	})
}

func TestApprovalLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := run(t, gated(people("boss", rollout.BeforeStart), people("dba", rollout.BeforeStart)), nil)
		defer stop()
		b.start(t)
		b.wantGates(t, "boss asking; dba pending")
		link := b.token(t, "boss")
		v, err := b.Approval(link)
		if err != nil || v.Upstream != "api" || v.Gate != "boss" || v.Point != rollout.BeforeStart || v.From != "v1" || v.To != "v2" || v.Rollout != "r" {
			t.Errorf("the page: %+v, %v", v, err)
		}
		b.wantGates(t, "boss asking; dba pending") // who only looks answers nothing

		flipped := []byte(link)
		flipped[3] ^= 1
		for _, foreign := range []string{"", ".", "x", link + "x", string(flipped), strings.Split(link, ".")[0], strings.Split(link, ".")[0] + "."} {
			_, err := b.Approval(foreign)
			wantKind(t, err, NotFound)
			wantKind(t, b.ApproveLink(t.Context(), foreign, true, Meta{}), NotFound)
		}
		past, _ := b.link(&Event{Upstream: "api"}, b.upstream("api").live.asker.open("boss"), "boss", time.Now().Add(-linkFor))
		past = strings.TrimPrefix(past, "/approve/")
		_, err = b.Approval(past)
		wantKind(t, err, Gone)
		wantText(t, err, "expired")
		wantKind(t, b.ApproveLink(t.Context(), past, true, Meta{}), Gone)

		if err := b.ApproveLink(t.Context(), link, true, Meta{Author: "link"}); err != nil {
			t.Fatal(err)
		}
		wantKind(t, b.ApproveLink(t.Context(), link, false, Meta{}), Gone) // used
		b.wantGates(t, "boss passed approved by link; dba asking")
		dba := b.token(t, "dba")
		if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantGates(t, "boss passed approved by link; dba not_asked its answer is not wanted any more")
		_, err = b.Approval(dba)
		wantKind(t, err, Gone)
		wantText(t, err, "not waited for any more")
	})
}

func TestOnTimeout(t *testing.T) {
	for _, policy := range []string{"reject", "approve", "hold"} {
		synctest.Test(t, func(t *testing.T) {
			g := people("boss", rollout.BeforeStart)
			g.Timeout, g.OnTimeout = time.Minute, policy
			b, stop := run(t, gated(g), nil)
			defer stop()
			b.start(t)
			b.is(t, rollout.WaitingGate, "boss")
			time.Sleep(59 * time.Second)
			b.wantGates(t, "boss asking")
			old := b.token(t, "boss")
			time.Sleep(2 * time.Second)
			switch policy {
			case "reject":
				b.is(t, rollout.Aborted, "boss: no answer within 1m")
			case "approve":
				b.is(t, rollout.Progressing, "step 1 of 3")
				b.wantGates(t, "boss passed no answer within 1m0s: approved by on_timeout")
			case "hold":
				b.is(t, rollout.Holding, "boss")
				b.wantGates(t, "boss unanswered no answer within 1m0s")
				wantKind(t, b.ApproveLink(t.Context(), old, true, Meta{}), Gone)
				if _, err := b.Command(t.Context(), "api", rollout.Resume, Meta{}); err != nil {
					t.Fatal(err)
				}
				b.wantGates(t, "boss asking")
				wantKind(t, b.ApproveLink(t.Context(), old, true, Meta{}), Gone) // of an earlier round
				if err := b.ApproveLink(t.Context(), b.token(t, "boss"), true, Meta{}); err != nil {
					t.Fatal(err)
				}
				b.is(t, rollout.Progressing, "step 1 of 3")
			}
		})
	}
}

// A gate that somebody has promoted past says so.
func TestAGateThatIsPassedOver(t *testing.T) {
	for _, cmd := range []rollout.Command{rollout.Promote, rollout.PromoteFull} {
		synctest.Test(t, func(t *testing.T) {
			b, stop := run(t, gated(people("boss", rollout.BeforeStart)), nil)
			defer stop()
			b.start(t)
			b.wantGates(t, "boss asking")
			if _, err := b.Command(t.Context(), "api", cmd, Meta{}); err != nil {
				t.Fatal(err)
			}
			b.wantGates(t, "boss skipped passed over by promote")
		})
	}
}

// Promote --full leaves steps out, and with them the gates before them.
func TestGatesOfStepsThatAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second, all, end := people("second", rollout.BeforeStep), people("all", rollout.BeforeStep), people("end", rollout.BeforeFinish)
		second.Steps = []int{2}
		b, stop := run(t, gated(second, all, end), nil)
		defer stop()
		b.start(t)
		b.is(t, rollout.Progressing, "step 1 of 3")
		b.wantGates(t, "second pending; all pending; end pending")
		if _, err := b.Command(t.Context(), "api", rollout.PromoteFull, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantGates(t, "second skipped; all asking; end pending")
		if _, err := b.Approve(t.Context(), "api", "all", true, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantGates(t, "second skipped; all passed approved; end pending")
		if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantGates(t, "second skipped; all passed approved; end not_asked")
	})
}

// Who promotes a rollout that holds for want of an answer goes on without it.
func TestPromoteWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := people("boss", rollout.BeforeStart)
		g.Timeout, g.OnTimeout = time.Minute, "hold"
		b, stop := run(t, gated(g), nil)
		defer stop()
		b.start(t)
		time.Sleep(time.Minute + time.Second)
		b.is(t, rollout.Holding, "boss")
		if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.is(t, rollout.Progressing, "without an answer of before_start: boss")
	})
}

// What was rejected at the end can be asked again, and answered otherwise.
func TestApprovalOfTheContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := gated(people("dba", rollout.AfterFinish), people("boss", rollout.AfterFinish))
		r := &cfg.Upstreams[0].Rollout
		r.Steps, r.MinRequests, r.Bake, r.KeepWarm = []config.Step{{Percent: 100}}, 0, 0, time.Second
		store := state.NewMemory()
		b, stop := run(t, cfg, store)
		b.start(t)
		b.is(t, rollout.Succeeded, "")
		b.wantGates(t, "dba asking; boss pending")
		_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v1"}, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "are being asked: dba waits for somebody, without a timeout: want weir rollout approve api dba, or with --reject to go on without it")
		approve := func(name string, yes bool) {
			t.Helper()
			if _, err := b.Approve(t.Context(), "api", name, yes, Meta{}); err != nil {
				t.Fatal(err)
			}
		}
		approve("dba", true)
		b.wantGates(t, "dba passed approved; boss asking")
		stop()
		b, stop = run(t, cfg, store)
		defer stop()
		b.wantGates(t, "dba passed approved; boss asking") // nobody is asked twice
		approve("boss", false)
		b.wantGates(t, "dba passed approved; boss rejected rejected")
		time.Sleep(time.Second)
		if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.wantGates(t, "dba asking; boss rejected rejected")
		approve("dba", true)
		b.wantGates(t, "dba passed approved; boss asking")
		approve("boss", true)
		b.wantGates(t, "dba passed approved; boss passed approved")
	})
}

// Hooks hear what they are asked about, and the same key whenever it is the same.
func TestHooksOfARollout(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	fails := 2 // so often the first one does not answer
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var q struct{ Gate, Phase, Rollout, Upstream, From, To string }
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &q); err != nil || q.Rollout != "r" || q.Upstream != "api" || q.From != "v1" || q.To != "v2" {
			t.Errorf("heard %s: %v", body, err)
		}
		heard = append(heard, q.Gate+"@"+q.Phase+" "+r.Header.Get("Idempotency-Key"))
		switch {
		case q.Gate == "first" && fails > 0:
			fails--
			w.WriteHeader(503)
		case q.Gate == "third":
			w.WriteHeader(409)
			io.WriteString(w, "tables missing")
		}
	}))
	defer hook.Close()
	at := func(name, point string) config.Gate {
		return config.Gate{Name: name, At: point, ErrorLimit: 4, HTTP: &config.GateHTTP{URL: hook.URL, Method: "POST"}}
	}
	missing := config.Gate{Name: "missing", At: rollout.OnRevert, Exec: []string{"weir-no-such-command"}} // whoever is told after it is told all the same
	b, stop := run(t, gated(at("first", rollout.BeforeStart), at("second", rollout.BeforeStart), at("third", rollout.BeforeStart), at("tell", rollout.OnRevert), missing, at("tell.2", rollout.OnRevert)), nil)
	defer stop()
	b.start(t)
	b.is(t, rollout.Aborted, "third: status 409 Conflict: tables missing")
	b.wantGates(t, "first passed status 200 OK; second passed status 200 OK; third rejected status 409 Conflict: tables missing; tell passed status 200 OK; "+
		`missing unanswered error: exec: "weir-no-such-command": executable file not found in $PATH; tell.2 passed status 200 OK`)
	want := []string{
		"first@before_start r/first", "first@before_start r/first", "first@before_start r/first",
		"second@before_start r/second", "third@before_start r/third", "tell@on_revert r/tell", "tell.2@on_revert r/tell.2",
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(heard, "\n") != strings.Join(want, "\n") {
		t.Errorf("heard\n%s\nwant\n%s", strings.Join(heard, "\n"), strings.Join(want, "\n"))
	}
}

// An abort does not wait for a gate, and ends what it runs.
func TestAbortDoesNotWaitForAGate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	slow := config.Gate{Name: "slow", At: rollout.BeforeStart, Timeout: time.Hour, Exec: []string{"sh", "-c", `echo $$ > "$0.new"; mv "$0.new" "$0"; sleep 600`, file}}
	b, stop := run(t, gated(slow), nil)
	defer stop()
	b.start(t)
	b.is(t, rollout.WaitingGate, "slow")
	var pid int
	for end := time.Now().Add(20 * time.Second); pid == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		said, _ := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(said)))
	}
	start := time.Now()
	if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
		t.Fatal(err)
	}
	b.is(t, rollout.Aborted, "operator")
	if took := time.Since(start); took > time.Second {
		t.Errorf("the abort took %v", took)
	}
	for end := time.Now().Add(20 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// A gate that the file has no more is not passed by being forgotten.
func TestGateThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := run(t, gated(people("boss", rollout.BeforeStart), people("dba", rollout.BeforeStart)), nil)
		defer stop()
		b.start(t)
		b.wantGates(t, "boss asking; dba pending")
		if _, err := b.Reload(t.Context(), gated(people("boss", rollout.BeforeStart))); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Approve(t.Context(), "api", "boss", true, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.is(t, rollout.Holding, "dba: it is not in the file any more")
		b.wantGates(t, "boss passed approved; dba unanswered it is not in the file any more")
	})
}

// What was answered ahead of a gate's turn is not forgotten when other answers are kept,
// as those of on_revert are that the rollout before has left.
func TestAnswerAheadOfItsTurnIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := run(t, gated(people("boss", rollout.BeforeStart), people("dba", rollout.BeforeStart)), nil)
		defer stop()
		b.start(t)
		b.wantGates(t, "boss asking; dba pending")
		if _, err := b.Approve(t.Context(), "api", "dba", true, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.upstream("api").live.asker.keep()
		if _, err := b.Approve(t.Context(), "api", "boss", true, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.is(t, rollout.Progressing, "step 1 of 3")
	})
}

// A rejection makes safe: it does not wait for a slow disk.
func TestRejectionDoesNotWaitForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{Store: state.NewMemory()}
		b, stop := run(t, gated(people("boss", rollout.BeforeStart)), disk)
		defer stop()
		b.start(t)
		b.wantGates(t, "boss asking")
		disk.slow.Store(true)
		before := time.Now()
		if _, err := b.Approve(t.Context(), "api", "boss", false, Meta{}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); took > 0 {
			t.Errorf("a rejection took %s, want no wait", took)
		}
		b.is(t, rollout.Aborted, "boss: rejected")
	})
}

// An approval that cannot be kept is not given; a rejection is, for it makes safe.
func TestApprovalWithoutAStore(t *testing.T) {
	for _, yes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var broken atomic.Bool
			store := &faultyStore{Store: state.NewMemory(), fail: func(int) error {
				if broken.Load() {
					return errors.New("disk full")
				}
				return nil
			}}
			b, stop := run(t, gated(people("boss", rollout.BeforeStart)), store)
			defer stop()
			b.start(t)
			b.wantGates(t, "boss asking")
			broken.Store(true)
			_, err := b.Approve(t.Context(), "api", "boss", yes, Meta{})
			if yes {
				wantKind(t, err, Unavailable)
				b.wantGates(t, "boss asking")
			} else if err != nil {
				t.Errorf("a rejection: %v", err)
			} else {
				b.is(t, rollout.Aborted, "boss: rejected")
			}
			broken.Store(false)
		})
	}
}

func TestPlanHasTheGatesOfTheFile(t *testing.T) {
	g := people("dba", rollout.BeforeStep)
	g.Held, g.Steps = true, []int{2}
	cfg := gated(config.Gate{Name: "hook", At: rollout.BeforeSwitch}, g)
	want := []rollout.PlanGate{
		{Name: "hook", At: rollout.BeforeSwitch},
		{Name: "dba", At: rollout.BeforeStep, Held: true, Approval: true, Steps: []int{2}},
	}
	if diff := cmp.Diff(want, plan(&cfg.Upstreams[0], canary, "v1", "v2").Gates); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
}
