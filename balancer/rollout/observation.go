package rollout

// Counts are cumulative numbers of first attempts, canceled ones excluded.
type Counts struct {
	Requests uint64 `json:"requests"`
	Failures uint64 `json:"failures"`
}

// EndpointCount is what one endpoint of the candidate has to say.
type EndpointCount struct {
	Counts
	Address string
}

// Observation is what Step looks at. Counters are cumulative since some moment
// that nobody needs to know, usually the process start: Step differences them,
// and begins anew when one went backwards.
type Observation struct {
	Stable, Candidate Counts
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
}
