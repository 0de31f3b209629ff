//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// checkout is an application with the flag new-checkout, which is told what it says.
type checkout struct {
	bad      atomic.Bool // the variant fails
	hangs    atomic.Bool // or answers only when released
	released chan struct{}
	on       atomic.Int64
	failedAt atomic.Int64 // when the variant first failed, and when it was last asked for; Unix, ns
	lastAt   atomic.Int64
}

func (c *checkout) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Flag-New-Checkout") != "on" {
		return
	}
	c.on.Add(1)
	now := time.Now().UnixNano()
	c.lastAt.Store(now)
	rw.Header().Set("X-New", "true")
	if c.bad.Load() || c.hangs.Load() {
		c.failedAt.CompareAndSwap(0, now)
	}
	if c.hangs.Load() {
		<-c.released
	}
	if c.bad.Load() {
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

// out is for how long the variant was asked for after it had first failed.
func (c *checkout) out() time.Duration { return time.Duration(c.lastAt.Load() - c.failedAt.Load()) }

// ramped is a Weir before such an application. The ramp goes from the staff, whom a header
// tells, to the beta, whom a claim does, and then by shares.
type ramped struct {
	*weir
	app            *checkout
	beta, stranger string // tokens that claim so, by a key that is believed and by another
}

const rampedFlags = `{"$evaluators": {"internal": {"==": [{"var": "team"}, "core"]}, "beta": {"==": [{"var": "plan"}, "beta"]}},
  "flags": {"new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}}}`

// write replaces the definitions.
func (w *ramped) write(definitions string) {
	w.t.Helper()
	file := filepath.Join(w.dir, "flags.json")
	if err := os.WriteFile(file+".next", []byte(definitions), 0o644); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(file+".next", file); err != nil {
		w.t.Fatal(err)
	}
}

// ramping runs one.
func ramping(t *testing.T) *ramped {
	t.Helper()
	c, w := &checkout{released: make(chan struct{})}, &ramped{weir: newWeir(t)}
	w.app = c
	w.stranger = w.signs("theirs")(jwt.MapClaims{"plan": "beta"})
	w.beta = w.signs("ours")(jwt.MapClaims{"plan": "beta"}) // whose key is the file's now
	app := httptest.NewServer(c)
	t.Cleanup(app.Close)
	w.write(rampedFlags)
	text := w.yaml(conf{versions: []version{one("v1", 100, strings.TrimPrefix(app.URL, "http://"))}})
	w.writeText(text + `
flags:
  files: [flags.json]
  context: {headers: {X-User-Id: targetingKey, X-Team: team}, jwt: {jwks_file: keys.json, claims: {plan: plan}}}
  pass: {headers: [new-checkout]}
  rollouts:
    new-checkout: {to: "on", min_requests: 5, steps: [{segment: internal, pause: true}, {segment: beta, pause: true}, {weight: 10%, pause: true}, {weight: 100%}]}
`)
	w.start()
	return w
}

// Promise: a flag's rollout waits for a service and for somebody, who answers by a link or
// the command line; until then nobody has the variant, and a no takes it back.
func TestFlagRampAsks(t *testing.T) {
	t.Parallel()
	w := ramping(t)
	var told atomic.Value
	ci := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		in, _ := io.ReadAll(r.Body)
		told.Store(string(in))
	}))
	t.Cleanup(ci.Close)
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	const steps = "steps: [{segment: internal, pause: true}"
	w.writeText(strings.Replace(string(text), steps, fmt.Sprintf("gates: [{name: ci, at: before_start, http: {url: %q}}, {name: boss, at: before_start, approval: true}, {name: qa, at: before_step, steps: [2], approval: true}], %s", ci.URL, steps), 1))
	w.must("POST", "/v1/reload", "", nil)
	w.does("rollout", "start", "--flag", "new-checkout")
	gates := func() string { return w.does("rollout", "gates", "--flag", "new-checkout") }
	w.eventually("the service has said yes, and somebody is asked", func() bool { return strings.Contains(gates(), "answer boss: http") })
	if got, _ := told.Load().(string); !strings.Contains(got, `"upstream":"","flag":"new-checkout","from":"off","to":"on"`) {
		t.Errorf("the service is told %s", got)
	}
	w.has("before somebody has answered", false, false, 20, 0, 0)
	_, link, _ := strings.Cut(gates(), "answer boss: ")
	page, err := http.PostForm(strings.TrimSpace(link), url.Values{"answer": {"approve"}, "author": {"ann"}, "reason": {"fine"}})
	if err != nil || page.StatusCode != http.StatusOK {
		t.Fatalf("the link: %v, %v", page, err)
	}
	page.Body.Close()
	w.eventually("the staff has it", func() bool { _, isNew := w.asks("ann", "X-Team", "core"); return isNew })
	w.does("rollout", "promote", "--flag", "new-checkout")
	w.eventually("the next step is asked for", func() bool { return strings.Contains(gates(), "answer qa: http") })
	w.has("before the next step", true, false, 20, 0, 0)
	w.does("rollout", "approve", "--flag", "new-checkout", "qa", "--reject", "--reason", "not yet")
	w.eventually("it is taken back", func() bool { return w.ramp().State == "aborted" })
	w.has("rejected", false, false, 20, 0, 0)
	w.says("rollout gates --flag new-checkout", "approved by a link (ann): fine", "not yet")
	w.says("audit --flag new-checkout", "boss approve", "qa")
}

// asks is what a user gets: the status, and whether it is of the new variant.
func (w *ramped) asks(user string, headers ...string) (status int, isNew bool) {
	w.t.Helper()
	r, err := http.NewRequest("GET", "http://"+w.web+"/", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("X-User-Id", user)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Error(err)
		return 0, false
	}
	a.Body.Close()
	return a.StatusCode, a.Header.Get("X-New") != ""
}

// ramp is the rollout of the flag that runs, or the last one.
func (w *ramped) ramp() (r rolloutAnswer) {
	w.t.Helper()
	w.must("GET", "/v1/flags/new-checkout/rollout", "", &r)
	return r
}

// having are those of so many users who have the variant.
func (w *ramped) having(users int) map[string]bool {
	w.t.Helper()
	out := map[string]bool{}
	for n := range users {
		user := fmt.Sprint("user", n)
		status, isNew := w.asks(user)
		if status != http.StatusOK {
			w.t.Errorf("%s sees %d", user, status)
		}
		if isNew {
			out[user] = true
		}
	}
	return out
}

// has demands who gets the variant: the staff, the beta, and so many of a number of others.
func (w *ramped) has(when string, staff, beta bool, others, least, most int) map[string]bool {
	w.t.Helper()
	for _, c := range []struct {
		who           string
		header, value string
		want          bool
	}{
		{"the staff", "X-Team", "core", staff},
		{"the beta", "Authorization", w.beta, beta},
		{"whom a stranger says to be of the beta", "Authorization", w.stranger, false},
	} {
		if status, isNew := w.asks("", c.header, c.value); isNew != c.want || status != http.StatusOK {
			w.t.Errorf("%s: %s: %d, has the variant: %v, want %v", when, c.who, status, isNew, c.want)
		}
	}
	in := w.having(others)
	if len(in) < least || len(in) > most {
		w.t.Errorf("%s: %d of %d others have the variant, want %d to %d", when, len(in), others, least, most)
	}
	return in
}

// Promise: a variant that begins to fail on its way, dark, for the staff, for the beta, for
// a tenth, is taken back by itself in about a second, and nobody beside it has seen an
// error, or it.
func TestFlagRamp(t *testing.T) {
	t.Parallel()
	w := ramping(t)
	const others = 500
	w.has("dark", false, false, others, 0, 0)
	w.does("rollout", "start", "--flag", "new-checkout", "--reason", "it is time")
	w.has("for the staff", true, false, others, 0, 0)
	w.does("rollout", "promote", "--flag", "new-checkout")
	w.has("for the beta", true, true, others, 0, 0)
	w.does("rollout", "promote", "--flag", "new-checkout")
	in := w.has("for a tenth", true, true, others, 20, 90)

	w.app.bad.Store(true)
	var beside, failed, strayed atomic.Int64
	stop := make(chan struct{})
	var crowd sync.WaitGroup
	for at := range 4 {
		crowd.Go(func() {
			for n := at; ; n += 4 {
				select {
				case <-stop:
					return
				default:
				}
				user := fmt.Sprint("user", n%others)
				status, isNew := w.asks(user)
				if in[user] {
					continue
				}
				beside.Add(1)
				if status != http.StatusOK {
					failed.Add(1)
				}
				if isNew {
					strayed.Add(1)
				}
			}
		})
	}
	w.eventually("the variant is taken back", func() bool { return w.ramp().State == "reverted" })
	n := beside.Load()
	w.eventually("users ask on", func() bool { return beside.Load() > n+100 })
	close(stop)
	crowd.Wait()
	out := w.app.out()
	t.Logf("out %v after its first failure; %d requests beside it", out.Round(time.Millisecond), beside.Load())
	if out > 2*time.Second {
		t.Errorf("the variant was asked for until %v after its first failure, want about a second", out)
	}
	if failed.Load()+strayed.Load() > 0 {
		t.Errorf("of %d requests of users beside the ramp %d failed and %d got the variant", beside.Load(), failed.Load(), strayed.Load())
	}
	w.app.bad.Store(false)
	w.has("taken back", false, false, others, 0, 0)
	w.says("flag history new-checkout", "it is time", "worse")
	w.says("flag history new-checkout", "on to internal and beta and 10%")
	w.says("audit --flag new-checkout", "start new-checkout", "rollout new-checkout on to internal and beta ", "rollout new-checkout as the file says")
	w.says("events --flag new-checkout", "flag       new-checkout: as the file says", "rollout    new-checkout on: reverted")
}

// Promise: a ramp goes on where it was after a crash, and under files that are refused;
// whoever was in it stays in, and it is judged at once.
func TestFlagRampSurvivesACrash(t *testing.T) {
	t.Parallel()
	w := ramping(t)
	w.does("rollout", "start", "--flag", "new-checkout")
	w.does("rollout", "promote", "--flag", "new-checkout")
	w.does("rollout", "promote", "--flag", "new-checkout")
	const others = 300
	before := w.has("before the crash", true, true, others, 10, 60)
	w.kill()
	w.start()
	after := w.has("after the crash", true, true, others, 10, 60)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("who is in (-before +after):\n%s", diff)
	}
	w.says("rollout status --flag new-checkout", "3 of 4", "10%")
	for now, said := range map[string]string{`"offf"}`: "offf", `"on"}`: "changed, but rollout new-checkout-1 to on is running"} {
		w.write(strings.Replace(rampedFlags, `"off"}`, now, 1))
		if status, p := w.call("POST", "/v1/reload", "", nil); status != 422 || !strings.Contains(p.Detail, said) {
			t.Errorf("a reload with %s: %d %s, want %q", now, status, p.Detail, said)
		}
	}
	if diff := cmp.Diff(before, w.has("after refused files", true, true, others, 10, 60)); diff != "" {
		t.Errorf("who is in after refused files (-before +after):\n%s", diff)
	}
	w.app.bad.Store(true)
	w.eventually("the variant is taken back", func() bool {
		for n := range others {
			w.asks(fmt.Sprint("user", n))
		}
		return w.ramp().State == "reverted"
	})
	if out := w.app.out(); out > 2*time.Second {
		t.Errorf("the variant was asked for until %v after its first failure, want about a second", out)
	}
}

// Promise: a variant that takes requests and never answers is out about a second after the
// first of them is overdue, whatever timeouts.response is.
func TestFlagRampHangs(t *testing.T) {
	t.Parallel()
	w := ramping(t)
	release := sync.OnceFunc(func() { close(w.app.released) })
	t.Cleanup(release) // before the application is waited for
	w.does("rollout", "start", "--flag", "new-checkout")
	w.does("rollout", "promote", "--flag", "new-checkout")
	w.does("rollout", "promote", "--flag", "new-checkout")
	w.app.hangs.Store(true)
	var users sync.WaitGroup
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	n, after := 0, 0
	w.eventually("the variant is taken back", func() bool {
		for range 20 {
			<-tick.C
			user := fmt.Sprint("user", n)
			n++
			users.Go(func() { w.asks(user) })
		}
		if w.ramp().State == "reverted" {
			after++
		}
		return after > 2 // users ask on
	})
	release()
	users.Wait()
	out := w.app.out()
	t.Logf("out %v after its first hang, of %d requests", out.Round(time.Millisecond), n)
	if out > 3*time.Second {
		t.Errorf("the variant was asked for until %v after its first hang, want about two seconds", out)
	}
	w.has("taken back", false, false, 100, 0, 0)
	if r := w.ramp(); !strings.Contains(r.Reason, "worse") {
		t.Errorf("reverted for %q", r.Reason)
	}
}

// Promise: each of the ways to take a variant back is in force with the next request, and
// says what has become of the rollout.
func TestFlagRampKillSwitch(t *testing.T) {
	t.Parallel()
	w := ramping(t)
	w.staffHas("before", false)
	for n, kill := range [][]string{
		{"rollout", "abort", "--flag", "new-checkout"},
		{"flag", "disable", "new-checkout"},
		{"flag", "set", "new-checkout", "off"},
	} {
		if n > 1 {
			w.does("flag", "enable", "new-checkout")
		}
		w.does("rollout", "start", "--flag", "new-checkout")
		w.staffHas("in the ramp", true)
		said := w.does(kill...)
		w.staffHas(strings.Join(kill, " "), false)
		r := w.ramp()
		if r.State != "aborted" || !strings.Contains(r.Reason, "operator") {
			t.Errorf("%s: rollout %s: %s", kill, r.State, r.Reason)
		}
		if want := "rollout " + r.ID + " to on: aborted"; !strings.Contains(said, want) {
			t.Errorf("weir %s says %q, want %q", kill, said, want)
		}
	}
	w.says("flag history new-checkout", "off for everybody", " to on: aborted")
}

// staffHas demands that the staff have the variant, or not.
func (w *ramped) staffHas(when string, want bool) {
	w.t.Helper()
	if status, isNew := w.asks("", "X-Team", "core"); isNew != want || status != http.StatusOK {
		w.t.Errorf("%s: %d, the staff has the variant: %v, want %v", when, status, isNew, want)
	}
}
