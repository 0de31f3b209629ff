package balancer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var since = time.Unix(1_000_000, 0)

// counted is an endpoint with its accounting, at a clock that the test moves. It does
// what a picker, the requests and the monitor do with them.
type counted struct {
	*Live
	*Fails
	now time.Time
}

func newCounted(r FailRule) *counted {
	l := NewLive(false)
	c := &counted{Live: l, Fails: NewFails(l, since), now: since.Add(time.Hour)}
	c.SetRule(r)
	return c
}

// pass lets time go by, in which the monitor allows what is due.
func (c *counted) pass(d time.Duration) {
	c.now = c.now.Add(d)
	c.Trial(c.now)
}

// pick begins an attempt; false: the endpoint is passed over.
func (c *counted) pick() bool {
	if !c.Usable() || !c.claim(false) {
		return false
	}
	if c.Some() {
		c.Picked(c.now)
	}
	return true
}

func (c *counted) want(t *testing.T, when string, usable bool) {
	t.Helper()
	if c.Usable() != usable {
		t.Errorf("%s: usable %v, want %v", when, c.Usable(), usable)
	}
}

// The rules have the numbers they have where NGINX's behaviour is described.

func TestRule1OutForMoreThanTheTimeoutInWholeSeconds(t *testing.T) {
	c := newCounted(FailRule{Max: 2, Timeout: 10 * time.Second})
	c.pass(999 * time.Millisecond) // late in a second
	c.pick()
	c.Fails.Failed(c.now)
	c.want(t, "one failure of two", true)
	c.pick()
	if !c.Fails.Failed(c.now) {
		t.Error("the second failure does not flip the word")
	}
	c.want(t, "two failures", false)
	c.pass(10 * time.Second)
	c.want(t, "ten seconds later", false)
	c.pass(time.Millisecond)
	c.want(t, "in the eleventh second", true)
}

func TestRule2FailuresAddUpBelowTheTimeout(t *testing.T) {
	c := newCounted(FailRule{Max: 3, Timeout: 10 * time.Second})
	for i := range 3 {
		c.want(t, "before a failure", true)
		c.pick()
		c.Fails.Failed(c.now)
		for range 9 { // successes in between, however many
			c.pass(time.Second)
			if i < 2 && c.pick() {
				c.Ended()
			}
		}
	}
	c.want(t, "a failure every nine seconds", false)

	c = newCounted(FailRule{Max: 2, Timeout: 10 * time.Second})
	c.pick()
	c.Fails.Failed(c.now)
	c.pass(11 * time.Second)
	c.pick()
	c.Ended() // after the gap: this one clears
	c.pick()
	c.Fails.Failed(c.now)
	c.want(t, "one failure after a success behind the gap", true)
}

func TestRule3HalfOpenIsOneRequest(t *testing.T) {
	for _, ok := range []bool{true, false} {
		c := newCounted(FailRule{Max: 1, Timeout: 10 * time.Second})
		c.pick()
		c.Fails.Failed(c.now)
		c.pass(11 * time.Second)
		if !c.pick() {
			t.Fatal("nothing is picked after the outage")
		}
		for range 10 {
			c.want(t, "while the trial runs", false)
			c.pass(time.Second)
		}
		if ok {
			if !c.Ended() {
				t.Error("the success of the trial does not flip the word")
			}
			c.want(t, "after its success", true)
			for range 2 {
				if !c.pick() {
					t.Error("back, and not every request may pick it")
				}
			}
			continue
		}
		c.Fails.Failed(c.now)
		c.want(t, "after its failure", false)
		c.pass(10 * time.Second)
		c.want(t, "ten seconds after its failure", false)
		c.pass(time.Second)
		c.want(t, "eleven seconds after its failure", true)
	}
}

func TestRule3TrialWithoutAnEndIsFollowedByAnother(t *testing.T) {
	c := newCounted(FailRule{Max: 1, Timeout: 10 * time.Second})
	c.Fails.Failed(c.now)
	c.pass(11 * time.Second)
	c.pick()
	c.pass(10 * time.Second)
	c.want(t, "the trial has taken ten seconds", false)
	c.pass(time.Second)
	c.want(t, "the trial has taken eleven seconds", true)
}

func TestTrialThatNobodyMadeIsAllowedAgain(t *testing.T) {
	c := newCounted(FailRule{Max: 1, Timeout: 10 * time.Second})
	c.Fails.Failed(c.now)
	c.pass(11 * time.Second)
	c.claim(false) // picked, and then there was no room
	c.want(t, "claimed", false)
	c.pass(time.Second)
	c.want(t, "a second later", true)
}

func TestDroppedTrialIsTheNextPicks(t *testing.T) {
	c := newCounted(FailRule{Max: 1, Timeout: 10 * time.Second})
	c.Fails.Failed(c.now)
	if c.Dropped() {
		t.Error("there was no trial, and now there is one")
	}
	c.pass(11 * time.Second)
	c.claim(false) // picked, and then the budget was spent
	if !c.Dropped() {
		t.Error("the trial that was dropped does not flip the word")
	}
	c.want(t, "dropped", true)
	c.pick()
	if c.Dropped() { // by a pick from before
		t.Error("a second trial beside the one that runs")
	}
	c.Fails.Failed(c.now)
	if c.Dropped() {
		t.Error("a trial right behind a failure")
	}
	c.want(t, "after its failure", false)
}

func TestRule7EndsThatSayNothingClearBehindTheGap(t *testing.T) {
	c := newCounted(FailRule{Max: 1, Timeout: 10 * time.Second})
	c.Fails.Failed(c.now)
	if c.Ended() {
		t.Error("an attempt that began before the failure brings the endpoint back")
	}
	c.pass(11 * time.Second)
	c.pick()
	if !c.Ended() {
		t.Error("a client that left its trial leaves the endpoint out")
	}
}

func TestRule8WithoutARuleNothingIsCounted(t *testing.T) {
	c := newCounted(FailRule{})
	for range 100 {
		if c.Fails.Failed(c.now) {
			t.Fatal("ejected without max_fails")
		}
	}
	if c.Some() {
		t.Error("failures are counted")
	}
}

func TestAnotherRuleForgets(t *testing.T) {
	c := newCounted(FailRule{Max: 1, Timeout: time.Minute})
	c.Fails.Failed(c.now)
	c.SetRule(FailRule{Max: 1, Timeout: time.Minute})
	c.want(t, "the same rule", false)
	c.SetRule(FailRule{Max: 2, Timeout: time.Minute})
	c.want(t, "another rule", true)
	c.SetEjected(true) // by somebody else
	c.SetRule(FailRule{})
	c.want(t, "ejected by somebody else", false)
}

func TestSlowReturn(t *testing.T) {
	c := newCounted(FailRule{Max: 1, Slow: true})
	c.Fails.Failed(c.now)
	c.pass(time.Second)
	c.pick()
	c.Ended()
	if h := c.Health(); h != "slow_start" {
		t.Errorf("back as %s, want slow_start", h)
	}
}

// history is the slow model: it keeps all that has happened and says by the rules as
// they are written down whether the endpoint may be picked.
type history struct {
	rule   FailRule
	events []event
}

type event struct {
	what string // pick, fail or end
	at   int64  // whole seconds
}

// read is how many failures count, and the second from which an outage runs: of the
// last one, or of the first pick behind it that came later than the timeout.
func (h *history) read() (fails int, from int64) {
	cleared := true
	for _, e := range h.events {
		switch {
		case e.what == "fail":
			fails, from, cleared = fails+1, e.at, false
		case e.what == "pick" && e.at-from > int64(h.rule.Timeout/time.Second):
			from, cleared = e.at, true
		case e.what == "end" && cleared:
			fails = 0
		}
	}
	return fails, from
}

func (h *history) usable(at int64) bool {
	fails, from := h.read()
	return h.rule.Max == 0 || fails < h.rule.Max || at-from > int64(h.rule.Timeout/time.Second)
}

func TestFailsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := FailRule{
			Max:     rapid.IntRange(0, 3).Draw(t, "max_fails"),
			Timeout: time.Duration(rapid.IntRange(0, 4).Draw(t, "fail_timeout")) * time.Second,
		}
		c, h := newCounted(rule), &history{rule: rule}
		second := func() int64 { return int64(c.now.Sub(since) / time.Second) }
		note := func(what string) { h.events = append(h.events, event{what, second()}) }
		inflight := 0
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if got, want := c.Usable(), h.usable(second()); got != want {
					t.Fatalf("at %d: usable %v, want %v after %v", second(), got, want, h.events)
				}
			},
			"pass": func(t *rapid.T) {
				c.pass(time.Duration(rapid.IntRange(1, 2500).Draw(t, "ms")) * time.Millisecond)
			},
			"pick": func(*rapid.T) {
				if c.pick() {
					inflight++
					note("pick")
				}
			},
			"drop": func(*rapid.T) { // picked, and no attempt
				if c.Usable() && c.claim(false) && c.Some() {
					c.Dropped()
				}
			},
			"fail": func(*rapid.T) {
				if inflight > 0 {
					inflight--
					c.Fails.Failed(c.now)
					note("fail")
				}
			},
			"end": func(*rapid.T) {
				if inflight > 0 {
					inflight--
					if c.Some() {
						c.Ended()
					}
					note("end")
				}
			},
		})
	})
}
