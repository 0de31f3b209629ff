package rollout

import (
	"math"
	"time"
)

// Rolling is how a rolling rollout replaces the endpoints of From by those of To: in
// batches of MaxSurge and MaxUnavailable together.
type Rolling struct {
	// MaxSurge is how many endpoints more than From had up at the start may be up, or on
	// their way, as long as there are any of From.
	MaxSurge int `json:"max_surge"`
	// MaxUnavailable is how many usable endpoints fewer than Desired there may be by what
	// the rollout does. One of both is above 0.
	MaxUnavailable int `json:"max_unavailable"`
	// MinReady is how long an endpoint of To has to be usable without a break before it
	// replaces one of From. 0: it does at once.
	MinReady time.Duration `json:"min_ready"`
	// ProgressDeadline is how long the rollout may go without one endpoint getting
	// further, before it is reverted. 0: for ever.
	ProgressDeadline time.Duration `json:"progress_deadline"`
	// Starts and Stops report that a hook starts an endpoint before it is up, and that
	// one stops it when it has been drained.
	Starts bool `json:"starts,omitempty"`
	Stops  bool `json:"stops,omitempty"`
	// Desired is how many endpoints of From were usable at the start.
	Desired int `json:"desired"`
	// From and To are the addresses that take part, in the order of the file. What the
	// file or an operator had taken out before the start, and backups, do not.
	From []string `json:"from"`
	To   []string `json:"to"`
}

// inPlace reports that all endpoints of To are at addresses of From: no batch can
// begin with more of them.
func (p *Rolling) inPlace() bool {
	had := set(p.From)
	for _, a := range p.To {
		if !had[a] {
			return false
		}
	}
	return true
}

func set(words []string) map[string]bool {
	out := make(map[string]bool, len(words))
	for _, w := range words {
		out[w] = true
	}
	return out
}

// batch is how many endpoints a batch replaces.
func (p *Rolling) batch() int {
	if p.inPlace() {
		return max(1, p.MaxUnavailable)
	}
	return max(1, p.MaxSurge+p.MaxUnavailable)
}

// Batches is how many batches there are.
func (p *Rolling) Batches() int {
	n := p.batch()
	return (len(p.To) + n - 1) / n
}

// RollingView is what a rolling rollout sees of the endpoints of both versions, in
// any order.
type RollingView struct {
	From, To []RollingEndpoint
}

// RollingEndpoint is one endpoint as it is now.
type RollingEndpoint struct {
	Address string
	Weight  int // 1 or more
	// Usable reports that nothing but what the rollout itself asks of the endpoint keeps
	// requests from it: its checks pass, it is not ejected, and no operator has taken it
	// out. Why says what does, for people.
	Usable bool
	Why    string
	// Inflight are its attempts in flight, upgraded connections among them.
	Inflight int64
	Hook     HookReport
}

// HookReport is what control's runner says of the hook that an endpoint's stage asks
// for: StageStarting or StageStopping. Of another stage it counts for nothing.
type HookReport struct {
	Of Stage
	// Done reports that the hook has succeeded, Failed why it did not the last time, for
	// people: it is run again after a while.
	Done   bool
	Failed string
}

// Batched is a rolling plan as one of steps, the shares that its batches come to, for
// whoever wants to know what they will be like; any other plan is itself.
func (p *Plan) Batched() Plan {
	out, r := *p, p.Rolling
	if r == nil {
		return out
	}
	out.Rolling, out.Steps = nil, nil
	n := r.batch()
	for i := range r.Batches() {
		to, from := min((i+1)*n, len(r.To)), max(0, len(r.From)-(i+1)*n)
		if i == r.Batches()-1 {
			from = 0
		}
		out.Steps = append(out.Steps, PlanStep{Percent: math.Round(1e4*float64(to)/float64(to+from)) / 100, Hold: r.MinReady})
		if from == 0 {
			break
		}
	}
	return out
}
