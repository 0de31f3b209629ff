package rollout_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"weir/balancer/rollout"
)

// model is what a person would keep in mind of a rollout: its share, how long and
// with how many requests it has been where it is, and what has gone wrong. What the
// tests make of failures it does not know; it knows when they may say something.
type model struct {
	state rollout.State
	obs   rollout.Observation
	now   time.Time

	inPlace   time.Duration // not counting holds
	requests  uint64        // of the candidate, since the share or the bake began
	sure      uint64        // those of them that no crash can have lost
	quiet     time.Duration // since the last request: every tick is closed
	waited    time.Duration // in which nothing else has happened
	preparing time.Duration
	answers   map[rollout.Asked]bool // to what was asked since the last move, without rounds: passed, or gone on without
	failed    bool                   // the candidate has failed, ever
	fresh     bool                   // the next look is the first of a process
	turned    bool                   // the share has changed, and what was open then counts for nothing
	hurried   bool                   // somebody has promoted in the bake: its time is over, though answers may be waited for
}

func modelPlan(t *rapid.T) rollout.Plan {
	p := defaultPlan()
	p.Steps, p.Bake = nil, time.Duration(rapid.IntRange(0, 2).Draw(t, "bake"))*time.Minute
	p.Stepped = rapid.Bool().Draw(t, "stepped")
	p.OnUndecided = rapid.SampledFrom([]string{"", rollout.UndecidedAdvance, rollout.UndecidedRevert}).Draw(t, "on_undecided")
	p.Certify = rollout.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05}
	if rapid.Bool().Draw(t, "crossing") {
		for _, at := range []string{rollout.BeforeStart, rollout.BeforeStep, rollout.BeforeSwitch, rollout.AfterSwitch, rollout.BeforeFinish} {
			if rapid.Bool().Draw(t, at) {
				p.Gates = append(p.Gates, rollout.PlanGate{Name: at, At: at})
			}
			if (at == rollout.BeforeStep || at == rollout.BeforeSwitch) && rapid.Bool().Draw(t, "held "+at) {
				p.Gates = append(p.Gates, rollout.PlanGate{Name: "held " + at, At: at, Held: true})
			}
		}
		p.PinWrites = rapid.Bool().Draw(t, "pinned")
		if rapid.Bool().Draw(t, "write_hold") {
			p.WriteHold = &rollout.WriteHold{Max: 5 * time.Second}
		}
		if rapid.Bool().Draw(t, "mirror") {
			p.Steps = []rollout.PlanStep{{Mirror: 20, Hold: 20 * time.Second}}
		}
	}
	if rapid.Bool().Draw(t, "blue_green") {
		p.BlueGreen = &rollout.BlueGreen{
			Approval:         rapid.Bool().Draw(t, "approval"),
			AutoPromote:      rapid.SampledFrom([]time.Duration{0, 5 * time.Minute}).Draw(t, "auto_promote"),
			ProgressDeadline: 10 * time.Minute,
		}
		return p
	}
	for _, percent := range []float64{1, 10, 25, 50, 100} {
		if step := (rollout.PlanStep{Percent: percent, Hold: 20 * time.Second}); rapid.Bool().Draw(t, "step") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				step.Pause = true
			case 1:
				step.Certified, step.MaxHold = true, 5*time.Minute
			}
			p.Steps = append(p.Steps, step)
		}
	}
	if n := len(p.Steps); n > 0 && p.PinWrites {
		if i := rapid.IntRange(0, n).Draw(t, "writes"); i < n && p.Steps[i].Mirror == 0 {
			p.Steps[i].SwitchWrites = true
		}
	}
	return p
}

// serve adds requests that go as a healthy or a dead version's do, or both dead.
func (m *model) serve(t *rapid.T) {
	n := rapid.Uint64Range(1, 400).Draw(t, "requests")
	c := uint64(float64(n) * m.state.Percent / 100)
	m.obs.Stable.Requests += n - c
	m.obs.Candidate.Requests += c
	m.obs.Endpoints = slices.Clone(m.obs.Endpoints)
	m.obs.Endpoints[0].Requests += c / 2
	m.obs.Endpoints[1].Requests += c - c/2
	if m.state.Mirrors() > 0 {
		m.obs.Mirror.Pairs += n
		m.count(n)
	}
	m.count(c)
	m.quiet = 0
	switch rapid.IntRange(0, 9).Draw(t, "failing") {
	case 0:
		m.obs.Stable.Failures += n - c
		fallthrough
	case 1:
		m.obs.Candidate.Failures += c
		m.obs.Endpoints[0].Failures += c / 2
		m.obs.Endpoints[1].Failures += c - c/2
		m.failed = m.failed || c > 0
	}
}

// count counts what a step waits for: the candidate's requests, or pairs.
func (m *model) count(n uint64) {
	m.requests += n
	if !m.fresh {
		m.sure += n
	}
}

// crash is a process that ends, and one that begins with what was kept.
func (m *model) crash(t *rapid.T) {
	if m.state.Phase == rollout.Reverting && m.state.Percent == 0 {
		return // is never kept: what was kept before it is decided again
	}
	kept, err := json.Marshal(m.state)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	m.state, m.fresh, m.sure = back, true, 0
	m.obs.Gates, m.obs.Hold, m.obs.Mirror = rollout.GateReport{}, rollout.WriteHeld{}, rollout.MirrorCounts{}
	m.now = m.now.Add(time.Hour)
	m.obs.Stable, m.obs.Candidate, m.obs.Preparation = rollout.Counts{}, rollout.Counts{}, rollout.Preparation{}
	m.obs.Endpoints = []rollout.EndpointCount{{Address: "a"}, {Address: "b"}}
}

func (m *model) wait(t *rapid.T, d time.Duration) {
	for range d / modelLook {
		passed := modelLook
		if m.fresh { // the time until a process looks is nobody's
			passed, m.fresh = 0, false
		}
		m.now = m.now.Add(modelLook)
		if m.turned {
			m.turned, m.requests, m.sure = false, 0, 0
		} else if m.state.Phase != rollout.Holding {
			m.inPlace += passed
		}
		if m.state.Ahead == "preparation" {
			m.preparing += passed
		}
		m.quiet += modelLook
		m.waited += modelLook
		next, _, err := rollout.Step(m.state, m.obs, rollout.None, m.now)
		if err != nil {
			t.Fatalf("Step: %v", err)
		}
		m.follow(t, next, rollout.None)
		if m.state.Phase.Ended() {
			return
		}
	}
}

func (m *model) command(t *rapid.T) {
	c := rollout.Command(rapid.IntRange(int(rollout.Promote), int(rollout.Abort)).Draw(t, "command"))
	want, refused := m.expect(c)
	next, _, err := rollout.Step(m.state, m.obs, c, m.now)
	if m.crosses() && (c == rollout.Promote || c == rollout.PromoteFull || c == rollout.Resume || c == rollout.Pause) {
		want.phase, want.percent, refused = next.Phase, next.Percent, err != nil // follow says what it may be
	}
	if errors.Is(err, rollout.ErrWrongPhase) != refused || !refused && (next.Phase != want.phase || next.Percent != want.percent) {
		t.Fatalf("%s while %s at %v %%: %s at %v %%, %v; want %+v, refused %v", c, m.state.Phase, m.state.Percent, next.Phase, next.Percent, err, want, refused)
	}
	if !refused {
		m.follow(t, next, c)
	}
}

// crosses reports that the plan has more ahead of its moves than a preparation.
func (m *model) crosses() bool {
	p := &m.state.Plan
	return len(p.Gates) > 0 || p.WriteHold != nil || len(p.Steps) > 0 && p.Steps[0].Mirror > 0
}

type expected struct {
	phase   rollout.Phase
	percent float64
}

// expect is what a command does, told as a person would tell it.
func (m *model) expect(c rollout.Command) (want expected, refused bool) {
	s, p := &m.state, &m.state.Plan
	room := func(percent float64) bool {
		return m.obs.Capacity.Candidate == 0 || m.obs.Capacity.Candidate >= percent || percent <= s.Percent
	}
	ready := s.Ahead == "" || m.obs.CandidateUsable > 0 && m.obs.Preparation.Done
	switch {
	case s.Phase == rollout.Reverting && s.Percent > 0:
		return expected{rollout.Reverting, 0}, c != rollout.Abort
	case s.Phase == rollout.Reverting, s.Phase.Ended():
		return want, true
	}
	switch c {
	case rollout.Promote:
		next := s.Percent
		if i := slices.IndexFunc(p.Steps, func(st rollout.PlanStep) bool { return st.Percent > s.Percent }); i >= 0 && !s.Bake {
			next = p.Steps[i].Percent
			want = expected{rollout.Progressing, next}
			if p.Steps[i].Pause {
				want.phase = rollout.Paused
			}
		} else if p.Bake == 0 || s.Bake {
			want = expected{rollout.Succeeded, next}
		} else {
			want = expected{rollout.Baking, next}
		}
		if s.Ahead != "" {
			want = expected{rollout.Baking, 100}
		}
		return want, s.Phase == rollout.Holding || !ready || !room(want.percent)
	case rollout.PromoteFull:
		return expected{rollout.Baking, 100}, s.Phase == rollout.Holding || s.Bake || !ready || !room(100)
	case rollout.Pause:
		want = expected{rollout.Paused, s.Percent}
		if s.Phase == rollout.Holding {
			want.phase = rollout.Holding
		}
		return want, s.Pause != ""
	case rollout.Resume:
		hold := s.Hold.Cause
		unmended := hold == "unusable" && m.obs.CandidateUsable == 0 || hold == "capacity" && m.obs.Capacity.Candidate != 0 && m.obs.Capacity.Candidate < s.Percent
		want = expected{rollout.Progressing, s.Percent}
		switch {
		case s.Pause != "" && hold != "":
			want.phase = rollout.Paused
		case s.Bake:
			want.phase = rollout.Baking
		case s.Ahead == "approval":
			want.phase = rollout.WaitingGate
		}
		return want, unmended || hold == "" && s.Pause != "operator"
	}
	want = expected{rollout.Reverting, 0}
	if p.Stepped && m.obs.CandidateUsable > 0 && !m.failed {
		want.percent = m.kept()
	} else if p.Stepped {
		want.percent = m.keptOr0(c)
	}
	return want, false
}

// kept is what a candidate that serves keeps of its share in a revert in steps.
func (m *model) kept() float64 {
	switch {
	case m.obs.StableUsable == 0:
		return m.state.Percent
	case m.obs.Capacity.Stable == 0:
		return 0
	}
	return min(m.state.Percent, max(0, 100-m.obs.Capacity.Stable))
}

// keptOr0 follows the machine between the two where it depends on whether the
// candidate counts as dead.
func (m *model) keptOr0(c rollout.Command) float64 {
	next, _, _ := rollout.Step(m.state, m.obs, c, m.now)
	if next.Percent == m.kept() && m.obs.CandidateUsable > 0 {
		return next.Percent
	}
	return 0
}

// follow takes in a step that the machine has made, if it may.
func (m *model) follow(t *rapid.T, next rollout.State, by rollout.Command) {
	was := m.state
	switch {
	case was.Phase.Ended():
		if next.Phase != was.Phase || next.Percent != was.Percent || next.Reason != was.Reason {
			t.Fatalf("%s has become %s", was.Phase, next.Phase)
		}
	case was.Phase == rollout.Reverting:
		if next.Phase != rollout.Reverting || next.Percent > was.Percent || next.Outcome != was.Outcome {
			t.Fatalf("reverting at %v %%: %s at %v %%", was.Percent, next.Phase, next.Percent)
		}
	case next.Phase == rollout.Reverting:
		m.mayRevert(t, &next, by)
	case next.Percent < was.Percent:
		t.Fatalf("%v %% after %v %%, and not reverting", next.Percent, was.Percent)
	case next.Percent > was.Percent:
		m.mayRise(t, &next, by)
	case next.Bake && !was.Bake || next.Phase == rollout.Succeeded:
		m.mayEnd(t, &next, by)
	case next.Step != was.Step || was.Outset && !next.Outset:
		m.mayMirror(t, &next, by)
	case next.Phase == rollout.Holding && was.Phase != rollout.Holding:
		m.mayHold(t, &next)
	}
	moved := next.Percent != was.Percent || next.Bake != was.Bake || next.Step != was.Step || was.Outset && !next.Outset
	if moved || next.Ahead != was.Ahead && (next.Ahead == "approval" || next.Ahead == "preparation") {
		m.inPlace, m.requests, m.sure = 0, 0, 0
	}
	m.hurried = was.Bake && (m.hurried || by == rollout.Promote)
	m.ask(&was, &next, by, moved)
	m.turned = m.turned || next.Percent != was.Percent
	m.state = next.Confirmed()
}

func (m *model) mayRevert(t *rapid.T, next *rollout.State, by rollout.Command) {
	word, _, _ := strings.Cut(next.Reason, ":")
	may := map[string]bool{
		"worse":       m.failed,
		"errors":      m.failed,
		"unusable":    m.obs.CandidateUsable == 0 && m.begun(),
		"operator":    by == rollout.Abort,
		"preparation": m.obs.Preparation.Failed != "" && m.state.Plan.BlueGreen != nil && !m.state.Bake && m.state.Asked.Point != rollout.BeforeStart,
		"gate smoke":  m.obs.Gates.Failed != "" && m.obs.Gates.Of == m.state.Asked && m.state.Asked != rollout.Asked{},
		"write_hold":  m.obs.Hold.Ended != "" && m.state.HoldsWrites(),
		"deadline":    m.state.Ahead != "" && m.preparing >= 10*time.Minute,
		"undecided":   next.Plan.OnUndecided == rollout.UndecidedRevert && m.inPlace >= 5*time.Minute,
	}[word]
	aborted := word == "operator" || word == "preparation" || word == "deadline" || word == "gate smoke" || word == "write_hold"
	if !may || (next.Outcome == rollout.Aborted) != aborted {
		t.Fatalf("%s in place for %s: to be %s: %s", m.state.Phase, m.inPlace, next.Outcome, next.Reason)
	}
}

// mayRise: only from where nothing holds or pauses, one step at a time, with time
// and requests enough, and never beyond the candidate's room.
func (m *model) mayRise(t *rapid.T, next *rollout.State, by rollout.Command) {
	s := &m.state
	if room := m.obs.Capacity.Candidate; room != 0 && next.Percent > room {
		t.Fatalf("%v %% with room for %v %%", next.Percent, room)
	}
	gate := by == rollout.Promote && s.Hold.Cause == "gate"
	if s.Phase == rollout.Holding && !gate || !m.begun() && !(m.obs.CandidateUsable > 0 && (m.obs.Preparation.Done || s.Plan.BlueGreen == nil)) && s.Step+s.Round > 0 {
		t.Fatalf("%s, ahead %q, usable %d: risen to %v %%", s.Phase, s.Ahead, m.obs.CandidateUsable, next.Percent)
	}
	if next.Bake {
		m.hasAnswers(t, next, rollout.Asked{Point: rollout.BeforeSwitch}, by)
	}
	m.hasAnswers(t, next, rollout.Asked{Point: rollout.BeforeStart}, by)
	if s.Plan.BlueGreen == nil && next.Step > 0 && !s.Full && by != rollout.PromoteFull {
		m.hasAnswers(t, next, rollout.Asked{Point: rollout.BeforeStep, Step: next.Step + 1}, by)
	}
	if switches := next.Writes != s.Writes || !s.Plan.PinWrites && s.Plan.BlueGreen != nil; switches && s.Plan.WriteHold != nil &&
		!(s.HoldsWrites() && m.obs.Hold.InForce && m.obs.Hold.Drained) {
		t.Fatalf("writes switched from %q to %q while held: %v, %+v", s.Writes, next.Writes, s.HoldsWrites(), m.obs.Hold)
	}
	if by == rollout.Promote || by == rollout.PromoteFull {
		return
	}
	switch {
	case by != rollout.None, s.Pause != "":
		t.Fatalf("risen by %s, paused by %q", by, s.Pause)
	case s.Ahead == "approval" && (s.Plan.BlueGreen.AutoPromote == 0 || m.inPlace < 5*time.Minute),
		s.Ahead == "preparation" && (s.Plan.BlueGreen.Approval || s.Plan.BlueGreen.AutoPromote > 0):
		t.Fatalf("switched after %s, ahead %q, by %+v, and nobody promoted", m.inPlace, s.Ahead, *s.Plan.BlueGreen)
	case s.Plan.Steps[s.Step].Pause && s.Ahead == "":
		t.Fatal("left a step that pauses, and nobody promoted")
	case s.Ahead == "" && (m.inPlace < 20*time.Second || m.requests < s.Plan.MinRequests):
		t.Fatalf("left a step after %s and %d requests", m.inPlace, m.requests)
	case s.Ahead == "" && s.Plan.Steps[s.Step].Certified && !s.Certified() && !next.Certified() && (m.inPlace < 5*time.Minute || s.Plan.OnUndecided != rollout.UndecidedAdvance):
		t.Fatalf("left a step after %s without a certificate", m.inPlace)
	}
	i := slices.IndexFunc(s.Plan.Steps, func(st rollout.PlanStep) bool { return st.Percent > s.Percent })
	if s.Plan.Steps[i].Percent != next.Percent && !s.Full {
		t.Fatalf("risen from %v %% to %v %%, past the step of %v %%", s.Percent, next.Percent, s.Plan.Steps[i].Percent)
	}
}

// begun reports that the candidate has been given something by the plan.
func (m *model) begun() bool {
	s := &m.state
	return !s.Outset && (s.Plan.BlueGreen == nil || s.Bake)
}

// ask remembers what was asked and answered since the last move.
func (m *model) ask(was, next *rollout.State, by rollout.Command, moved bool) {
	q := was.Asked
	q.Round = 0
	switch {
	case moved:
		clear(m.answers)
		return
	case next.Ahead == "preparation" && was.Ahead != "" && was.Asked.Point != rollout.BeforeStart: // once more
		delete(m.answers, rollout.Asked{Point: rollout.BeforeSwitch})
	case was.Asked != rollout.Asked{} && next.Asked != was.Asked && (m.obs.Gates.Of == was.Asked && m.obs.Gates.Done || by == rollout.Promote || by == rollout.PromoteFull):
		m.answers[q] = true
	}
}

// hasAnswers: what there is to ask before a move was asked, and answered with yes, or
// somebody has gone on without.
func (m *model) hasAnswers(t *rapid.T, next *rollout.State, q rollout.Asked, by rollout.Command) {
	s := &m.state
	asks := slices.ContainsFunc(s.Plan.Gates, func(g rollout.PlanGate) bool {
		return g.At == q.Point && !g.Held && (q.Point != rollout.BeforeStart || s.Outset)
	})
	now := s.Asked
	now.Round = 0
	answered := m.answers[q] || now == q && (m.obs.Gates.Of == s.Asked && m.obs.Gates.Done || by == rollout.Promote || by == rollout.PromoteFull)
	if asks && !answered {
		t.Fatalf("%s at %v %%, ahead %q: to %v %% without an answer at %s; had %v", s.Phase, s.Percent, s.Ahead, next.Percent, q.Point, m.answers)
	}
}

// mayMirror: the candidate is mirrored to once it may be asked at all.
func (m *model) mayMirror(t *rapid.T, next *rollout.State, by rollout.Command) {
	if next.Mirrors() == 0 || m.state.Phase == rollout.Holding && m.state.Hold.Cause != "gate" || next.Percent != 0 {
		t.Fatalf("step %d at %v %%, mirrors %v, from %s", next.Step, next.Percent, next.Mirrors(), m.state.Phase)
	}
	m.hasAnswers(t, next, rollout.Asked{Point: rollout.BeforeStart}, by)
}

func (m *model) mayEnd(t *rapid.T, next *rollout.State, by rollout.Command) {
	if next.Phase == rollout.Succeeded {
		for _, at := range []string{rollout.AfterSwitch, rollout.BeforeFinish} {
			m.hasAnswers(t, next, rollout.Asked{Point: at}, by)
		}
	}
	switch s := &m.state; {
	case next.Percent != 100 || s.Phase == rollout.Holding && s.Hold.Cause != "gate":
		t.Fatalf("%s at %v %%, from %s", next.Phase, next.Percent, s.Phase)
	case by == rollout.Promote || by == rollout.PromoteFull:
	case s.Pause != "", s.Bake && m.inPlace < s.Plan.Bake && !m.hurried:
		t.Fatalf("%s after %s, paused by %q", next.Phase, m.inPlace, s.Pause)
	}
}

func (m *model) mayHold(t *rapid.T, next *rollout.State) {
	if !map[string]bool{
		"unusable": m.obs.CandidateUsable == 0 && m.begun(),
		"gate":     m.obs.Gates.Unclear != "" && m.obs.Gates.Of == m.state.Asked,
		"errors":   m.failed,
		"capacity": m.obs.Capacity.Candidate != 0 && m.obs.Capacity.Candidate < m.state.Percent,
	}[next.Hold.Cause] {
		t.Fatalf("holding because of %q: %s", next.Hold.Cause, next.Reason)
	}
}

// holdsTogether is true of every state: it can be kept, and it does not stand still
// when nothing keeps it.
func (m *model) holdsTogether(t *rapid.T) {
	s := &m.state
	if err := s.Validate(); err != nil {
		t.Fatalf("%s: %v", s.Phase, err)
	}
	if s.Phase == rollout.Progressing && s.Ahead == "" && !s.Plan.Steps[s.Step].Certified && m.quiet > 2*time.Second && !m.fresh &&
		m.inPlace > s.Plan.Steps[s.Step].Hold+2*time.Second && m.sure >= s.Plan.MinRequests && m.obs.Capacity.Candidate == 0 && !m.failed {
		t.Fatalf("stands still: %s", s.WaitsFor())
	}
	if s.Ahead == "preparation" && m.preparing > 10*time.Minute+time.Second && !m.obs.Preparation.Done && !m.fresh && s.Phase == rollout.Progressing {
		t.Fatalf("%s past its deadline: %s", m.preparing, s.WaitsFor())
	}
	waited := m.waited
	m.waited = 0
	answered := s.Asked == rollout.Asked{} || m.obs.Gates.Of == s.Asked && m.obs.Gates.Done
	ready := m.obs.Capacity.Candidate == 0 && m.obs.CandidateUsable > 0 && (s.Plan.BlueGreen == nil || m.obs.Preparation.Done)
	if s.Phase == rollout.Baking && waited > 2*time.Second && m.inPlace > s.Plan.Bake+2*time.Second && answered && !m.failed {
		t.Fatalf("stands still: %s", s.WaitsFor())
	}
	if s.Phase == rollout.WaitingGate && s.Ahead == "gates" && waited > time.Second && answered && ready && !m.failed {
		t.Fatalf("stands still: %s", s.WaitsFor())
	}
	if held := s.HoldsWrites(); held && (s.Phase != rollout.Progressing && s.Phase != rollout.WaitingGate || s.Plan.WriteHold == nil) {
		t.Fatalf("writes are to be held while %s", s.Phase)
	}
	if s.Percent == 0 && s.Writes != "" || s.Writes != "" && !s.Plan.PinWrites {
		t.Fatalf("%s at %v %%: writes %q", s.Phase, s.Percent, s.Writes)
	}
	if s.Asked != (rollout.Asked{}) && len(s.AskedGates()) == 0 || s.Phase == rollout.WaitingGate && s.Ahead != "approval" && s.Asked == (rollout.Asked{}) {
		t.Fatalf("%s, asked %+v of %v", s.Phase, s.Asked, s.AskedGates())
	}
	if s.Phase.Ended() != (s.Report != nil) || s.Phase.Ended() != !s.EndedAt.IsZero() {
		t.Fatalf("%s with report %v, ended %v", s.Phase, s.Report, s.EndedAt)
	}
}
