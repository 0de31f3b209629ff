package rollout

import (
	"cmp"
	"math"
	"slices"
	"time"

	"weir/balancer/verdict"
)

// Traffic is what a forecast goes by.
type Traffic struct {
	RPS       float64       // first attempts a second on From and To together; 0 and less: none
	ErrorRate float64       // the failed part of stable's, 0 to 1
	Endpoints int           // of the candidate
	Overdue   time.Duration // after which an attempt without an answer has failed
}

// Never is the time until something is seen that is not, at that share.
const Never time.Duration = math.MaxInt64

// Forecast is what a step of a plan will be like.
type Forecast struct {
	PlanStep
	// Ahead is what the step waits for before it begins, besides what the one before it
	// does: gates by their names, and the others by what they are called in a file.
	Ahead []string
	// Least is the time that the step takes at least: its hold, and until
	// min_requests are there. Never without traffic.
	Least time.Duration
	// Requests are the candidate's first attempts to be expected in that time.
	Requests float64
	// How long after the beginning of the step a candidate would be seen, about,
	// that fails twice, five and ten times as often as stable; that fails always;
	// that never answers. Never: not in this step, however long it is.
	Double, Five, Ten, Dead, Hanging time.Duration
}

// Forecast is what can be said of each step before it begins.
//
// The times are where the evidence is on average: half of all candidates take
// longer. A sequential test against a mixture of n alternatives needs about
// ln(n/alpha)/KL events, KL the information of one about who had it.
func (p *Plan) Forecast(t Traffic) []Forecast {
	if p.Rolling != nil {
		batched := p.Batched()
		return batched.Forecast(t)
	}
	steps := p.Steps
	if n := len(steps); n == 0 || steps[n-1].Percent < 100 {
		steps = append(steps[:n:n], PlanStep{Percent: 100})
	}
	out := make([]Forecast, len(steps))
	for i, s := range steps {
		f := &out[i]
		part := cmp.Or(s.Percent, s.Mirror) / 100 // pairs are counted as requests are
		f.PlanStep = s
		f.Ahead = p.ahead(steps, i)
		f.Least = s.Hold
		if s.Segment == "" { // else nobody knows how much its users ask for
			f.Least = max(s.Hold, seconds(float64(p.MinRequests)/(t.RPS*part)))
		}
		if t.RPS <= 0 {
			f.Least = Never
		}
		if f.Least < Never {
			f.Requests = t.RPS * part * f.Least.Seconds()
		}
		if s.Mirror > 0 || p.blind(&s) { // of copies users see nothing, and what answers differ in is not known
			f.Double, f.Five, f.Ten, f.Dead, f.Hanging = Never, Never, Never, Never, Never
			continue
		}
		seen := func(rate float64) time.Duration { return p.Rules.seen(&t, part, min(rate, 1)) }
		f.Double, f.Five, f.Ten = seen(2*t.ErrorRate), seen(5*t.ErrorRate), seen(10*t.ErrorRate)
		f.Dead, f.Hanging = seen(1), Never
		if f.Dead < Never {
			f.Hanging = f.Dead + t.Overdue + lookEvery
		}
	}
	return out
}

// blind says that of a step of a flag's ramp it cannot be said when it is reverted: how
// much a segment asks for is not known, and where nearly everybody has the variant it
// holds, and a person decides.
func (p *Plan) blind(s *PlanStep) bool {
	return s.Segment != "" || p.Flag != "" && (100-s.Percent)*alonePart < s.Percent
}

// ahead is what the move to a step has ahead of it.
func (p *Plan) ahead(steps []PlanStep, i int) []string {
	s := State{Plan: *p, Step: i, Outset: true}
	if s.Plan.Steps = steps; i > 0 {
		s.Step, s.Outset, s.Percent = i-1, false, steps[i-1].Percent
	}
	if i > 0 && p.PinWrites && slices.ContainsFunc(steps[:i], func(st PlanStep) bool { return st.SwitchWrites }) {
		s.Writes = WritesSwitched
	}
	var out []string
	for _, g := range s.stages() {
		switch {
		case g.asked != Asked{}:
			for _, asked := range s.gates(g.asked) {
				out = append(out, asked.Name)
			}
		case g.ahead == writeHold:
			out = append(out, "write_hold")
		default:
			out = append(out, g.ahead)
		}
	}
	return out
}

// seen is when a candidate with that part of the traffic and that failure rate is
// reverted by whichever rule comes first.
func (r Rules) seen(t *Traffic, part, rate float64) time.Duration {
	if t.RPS <= 0 || rate <= 0 {
		return Never
	}
	failures := t.RPS * (part*rate + (1-part)*t.ErrorRate) // a second, of both
	after := min(r.seenWorse(t, part, rate), r.seenOver(t, part, rate))
	after = max(after, float64(r.MinFailures)/(t.RPS*part*rate))
	// What a tick has is weighed when it closes.
	tick := min(tickTime.Seconds(), tickErrors/failures, max(tickSoon.Seconds(), tickRequests/t.RPS))
	return seconds(math.Ceil(after/tick) * tick)
}

// seenWorse is when the comparison with stable refutes Tolerate, in seconds. Of
// the processes that begin again and again the first has half of the weight.
func (r Rules) seenWorse(t *Traffic, part, rate float64) float64 {
	r.Alpha /= 2
	return r.compared(t, part, rate, max(1, r.Tolerate))
}

// seenOver is when MaxErrorRate is refuted, and so that stable fails as often: by
// its traffic, or where it has next to none by retries on it.
func (r Rules) seenOver(t *Traffic, part, rate float64) float64 {
	limit := r.MaxErrorRate
	if limit <= 0 || limit >= 1 || rate <= limit {
		return math.Inf(1)
	}
	information := divergence(rate, min(rate, (1+limit)/2), limit) * t.RPS * part // a second
	if (1-part)*alonePart < part {
		return max(alarmEvidence/information, controlSample/(t.RPS*part*rate))
	}
	return max((r.bound()+grain)/information, r.compared(t, part, rate, 1))
}

var (
	// grain is what the mixture costs: the evidence is for one of its alternatives.
	grain = math.Log(verdict.Alternatives)
	// alarmEvidence is the level of the e-CUSUM, one false alarm in 100 000 ticks.
	alarmEvidence = math.Log(100_000 * verdict.Alternatives)
)

// compared is when "fails at most null times as often as stable" is refuted.
func (r Rules) compared(t *Traffic, part, rate, null float64) float64 {
	odds := part / (1 - part)
	under := null * odds / (1 + null*odds) // the candidate's part of all failures
	truly := part * rate / (part*rate + (1-part)*t.ErrorRate)
	if part >= 1 || truly <= under {
		return math.Inf(1)
	}
	need := r.bound() + grain
	if n := float64(t.Endpoints); n > 1 { // and half of it without any one of them
		need = max(need, n/(n-1)*(r.bound()/2+grain))
	}
	return need / (divergence(truly, truly, under) * t.RPS * (part*rate + (1-part)*t.ErrorRate))
}

// divergence is what one event says on average for the probability q against p0
// when it truly is p.
func divergence(p, q, p0 float64) float64 {
	d := 0.0
	if p > 0 {
		d += p * math.Log(q/p0)
	}
	if p < 1 {
		d += (1 - p) * math.Log((1-q)/(1-p0))
	}
	return d
}

// seconds is s as a duration; Never when it is not one.
func seconds(s float64) time.Duration {
	if !(s < Never.Seconds()) {
		return Never
	}
	return time.Duration(s * float64(time.Second))
}
