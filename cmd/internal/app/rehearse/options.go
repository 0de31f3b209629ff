package rehearse

import (
	"fmt"
	"math"
	"time"
)

// Options say what is simulated. Rates and parts are 0 to 1.
type Options struct {
	// File and Upstream name a plan in a configuration file; To is the candidate
	// there, which may be left out where the upstream has two versions. File "":
	// the plan is Steps.
	File, Upstream, To string
	Steps              []float64     // shares in percent, growing, above 0, at most 100
	Hold               time.Duration // least time in each of Steps but the last
	Bake               time.Duration // after Steps
	Endpoints          int           // of the candidate; 0: as many as the file says, or 3

	RPS             float64 // users' requests a second, above 0
	StableErrors    float64 // part of the requests that fails
	CandidateErrors float64 // part of the requests that fails
	Hang            bool    // what fails on the candidate is never answered
	Posts           float64 // part of the requests that must not be retried
	// Latency is the median of the time to the first byte on the stable version, and
	// CandidateLatency on the candidate; 0: as Latency, and there 0: not measured.
	Latency, CandidateLatency time.Duration

	Runs int // 1 to 1 000 000
	Seed uint64
}

// Most of what Options may ask for.
const (
	maxRuns      = 1_000_000
	maxRPS       = 1e7
	maxEndpoints = 1000
	maxLatency   = time.Minute
)

// Check says what cannot be simulated, in the words of the command line.
func (o *Options) Check() error {
	for _, part := range []struct {
		name  string
		value float64
	}{{"stable-errors", o.StableErrors}, {"candidate-errors", o.CandidateErrors}, {"posts", o.Posts}} {
		if !(part.value >= 0 && part.value <= 1) {
			return fmt.Errorf("--%s %v%%: want 0%% to 100%%", part.name, 100*part.value)
		}
	}
	switch {
	case o.Latency < 0 || o.Latency > maxLatency:
		return fmt.Errorf("--latency %s: want a time up to %s", o.Latency, maxLatency)
	case o.CandidateLatency < 0 || o.CandidateLatency > maxLatency:
		return fmt.Errorf("--candidate-latency %s: want a time up to %s", o.CandidateLatency, maxLatency)
	case o.CandidateLatency > 0 && o.Latency == 0:
		return fmt.Errorf("missing --latency, to compare --candidate-latency with")
	case !(o.RPS > 0 && o.RPS <= maxRPS):
		return fmt.Errorf("--rps %v: want a number above 0, at most %v", o.RPS, maxRPS)
	case o.Runs < 1 || o.Runs > maxRuns:
		return fmt.Errorf("--runs %d: want 1 to %d", o.Runs, maxRuns)
	case o.Endpoints < 0 || o.Endpoints > maxEndpoints:
		return fmt.Errorf("--endpoints %d: want 1 to %d", o.Endpoints, maxEndpoints)
	case o.File != "" && o.Upstream == "":
		return fmt.Errorf("missing UPSTREAM: want the one of %s whose plan is simulated", o.File)
	case o.File == "" && o.Upstream != "":
		return fmt.Errorf("unexpected %q: want -c FILE before an upstream", o.Upstream)
	case o.File != "":
		return nil
	case o.Hold < 0:
		return fmt.Errorf("--hold %s: want 0 or more", o.Hold)
	case o.Bake < 0:
		return fmt.Errorf("--bake %s: want 0 or more", o.Bake)
	}
	before := 0.0
	for _, s := range o.Steps {
		if !(s > before && s <= 100) || math.IsInf(s, 0) {
			return fmt.Errorf("--steps: %v%%: want percentages that grow, above 0%% and at most 100%%", s)
		}
		before = s
	}
	return nil
}
