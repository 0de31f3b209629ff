package rollout

import "weir/balancer/verdict"

// Counts are cumulative numbers of first attempts, canceled ones excluded.
type Counts struct {
	Requests uint64 `json:"requests"`
	Failures uint64 `json:"failures"`
	// ClientErrors are those of a version, not of an endpoint, that were answered
	// with a 4xx which is no failure.
	ClientErrors uint64 `json:"client_errors,omitempty"`
}

// EndpointCount is what one endpoint of the candidate has to say.
type EndpointCount struct {
	Counts
	Address string
	Writes  Counts // pinned ones, which are not among Counts
	// Slow is how many of its first attempts lay above each of the bounds that were
	// in force when their answers began.
	Slow [verdict.Thresholds]uint64
}

// Sent counts what the split has chosen a version for, ended or not, while it went
// by shares alone: requests, or new users where the split goes by keys. Requests
// that were counted a moment too early may be taken back.
type Sent struct {
	Candidate, Stable uint64
	// AsSet reports that nothing but the shares decides now: both versions are wholly
	// usable and have room.
	AsSet bool
}

// Observation is what Step looks at. Counters are cumulative since some moment
// that nobody needs to know, usually the process start: Step differences them,
// and begins anew when one went backwards.
type Observation struct {
	// Adopted reports that the candidate is stable by now, so that there is nobody to
	// observe: the engine is about to hear of it.
	Adopted           bool
	Stable, Candidate Counts
	// StableWrites and CandidateWrites are the writes that went where they are pinned;
	// none of them is among Stable or Candidate. In the ramp of a flag CandidateWrites
	// are the requests of those who are in one of its segments.
	StableWrites, CandidateWrites Counts
	// StableUsable and CandidateUsable count usable endpoints, CandidatePending
	// those of which the checks have not said anything yet.
	StableUsable, CandidateUsable, CandidatePending int
	// Endpoints are the candidate's, in any order. Step keeps no reference.
	Endpoints []EndpointCount
	// Retries are the shield's attempts on stable for failed first attempts of
	// this candidate, counted when they end; RetriesOK those that succeeded.
	// They are the control sample where stable has no traffic of its own.
	Retries, RetriesOK uint64
	// StableHealthy reports that stable's active checks pass; without active
	// checks, that it has a usable endpoint.
	StableHealthy bool
	// Users, UserErrors and FailedAttempts are of the whole upstream, for the
	// report: users' requests, those that failed, and failed attempts of any kind.
	Users, UserErrors, FailedAttempts uint64
	// CandidateLatency and StableLatency are of the first attempts that got an answer;
	// nil: not measured. Step keeps no reference.
	CandidateLatency, StableLatency *Latency
	// Bounds are what the Slow of endpoints is counted by. They are not observed: the
	// engine says them before it has the rest observed.
	Bounds [verdict.Thresholds]uint8
	// Sent is whom the split has sent where.
	Sent Sent
	// FailedIDs are the trace ids of the candidate's latest failed first attempts, as
	// far as they have one, oldest first; FailedSeen counts all there ever were. Step
	// keeps no reference.
	FailedIDs  []string
	FailedSeen uint64
	// Preparation is how far a blue_green candidate is on its way to the switch.
	Preparation Preparation
	// Capacity is what the versions can take.
	Capacity Capacity
	// Schema is what the schema of the database allows.
	Schema Schema
	// Gates is what control's gate runner says of State.Asked.
	Gates GateReport
	// Hold is what the data plane says of the rollout's write hold.
	Hold WriteHeld
	// Mirror counts the requests that are copied to the candidate.
	Mirror MirrorCounts
	// Group is what there is to say of the members that a group's leader waits for.
	Group GroupView
	// Rolling is what a rolling rollout sees of both versions' endpoints.
	Rolling RollingView
}

// Preparation is what has to be true of a blue_green candidate before the switch:
// enough healthy endpoints, warm, and its smoke checks passed. The zero value is
// not there yet.
type Preparation struct {
	Done bool
	// Failed is why the candidate cannot be switched to, for people. It ends the
	// rollout. "": nothing failed for good.
	Failed string
	// Doing is what is waited for, for people.
	Doing string
}

// Capacity is the most that a version's usable endpoints can take now, in percent
// of From's and To's traffic together. 100 and more: all of it. 0: not known, which
// bounds nothing; a version without a usable endpoint is told by its number.
type Capacity struct {
	Candidate, Stable float64
	// Why is how Candidate comes to be less than all, for people. "": it is not less.
	Why string
}
