package control

import (
	"time"

	"weir/balancer/rollout"
	"weir/health/outcome"
	"weir/proxy"
)

// UpstreamView is one upstream as it is now. The caller owns it.
type UpstreamView struct {
	Name     string
	Revision uint64 // from 1
	Stable   string
	Split    map[string]ShareView // every version, those of weight 0 too
	Versions []VersionView        // in the order of the file
	Users    outcome.Summary      // what they saw in the last ten seconds
	Rollout  *rollout.State       // the explicit rollout that runs; nil: none
	Ended    *rollout.State       // the explicit rollout that ended last; nil: one runs, or there was none
	Guards   []rollout.State      // the implicit guards, by version in the order of the file
	WayBack  *WayBackView         // nil: there is none, or a rollout runs
	Drift    string               // how the file disagrees with what serves, a sentence; "": it agrees
	Queue    *QueueView           // nil: there is none
	Schema   *SchemaView          // of the database; nil: no version needs a certain one
	Writes   WritesView
	Last     Revision      // the present one: who made it, when and why
	Contract *ContractView // of the last rollout that succeeded; nil: it has none, or its outcome does not serve any more
}

// SchemaView is the version of a database's schema as far as it is known.
type SchemaView struct {
	Current int // the last one heard of
	Known   bool
	At      time.Time // when it was heard of; zero: the file says it, or nobody has yet
	Source  string    // the URL that is asked; "": the file
	Error   string    // why there has been no answer since; "": there has
}

// WayBackView is where an undo goes by default.
type WayBackView struct {
	Revision  uint64
	Stable    string
	WarmUntil time.Time // until when it is one switch to a warm version; zero: it is not counted on
	Refused   string    // why it is refused, for people; "": it is not
}

// RetiredView says that a version is done with: it has no weight, nothing is in flight
// and it is kept warm no longer.
type RetiredView struct {
	Rollout       string    // that has taken its place
	At            time.Time // when that was found
	LastRequestAt time.Time // when its last request ended
}

// ContractView is how far the gates of after_finish are.
type ContractView struct {
	Rollout string
	State   string // one of the Contract words, or running
	Reason  string // why it has failed
}

// RangeView is what a version can run on.
type RangeView struct {
	Min, Max int // config.MaxSchema: no end
	Known    bool
	Source   string // declared, by the file, or announced, by its endpoints
	Error    string // why it is not known; "": it is
}

// QueueView is where requests wait for room.
type QueueView struct {
	Length int // how many wait
	Size   int // how many may
}

// ShareView is one version's part of a split.
type ShareView struct {
	Weight float64 // as set, 0 or more
	Share  float64 // of the sum of all weights, 0 to 1
}

// VersionView is one version of an upstream.
type VersionView struct {
	Name      string
	Endpoints []EndpointView
	Names     []NameView      // those that DNS is asked for, in the order of the file
	Window    outcome.Summary // first attempts of the last ten seconds
	Schema    *RangeView      // nil: the upstream has no schema
	Retired   *RetiredView    // nil: it has, or may have, requests
}

// NameView is a name of the file that endpoints come from.
type NameView struct {
	Name      string    // as DNS is asked
	Addresses []string  // that DNS gave at last, by SRV with their ports; none: there are none
	Error     string    // why DNS has not said more, or nothing new; "": it has
	At        time.Time // of the latest look-up; zero: there was none yet
}

// EndpointView is one endpoint.
type EndpointView struct {
	Address  string
	Name     string    // what the file calls it, host:port; "": its address
	State    string    // what an operator wants, else the file: up, drain or down
	Health   string    // what Weir found: up, slow_start, checking, down or ejected
	Inflight int64     // attempts being served now, upgraded connections among them
	Tunnels  int64     // upgraded connections open now
	Weight   int       // relative to the version's other endpoints, 1 to 1000
	Backup   bool      // gets requests only when no other endpoint of the version can
	Cause    string    // why it gets no requests, a sentence; "": it gets some
	Since    time.Time // when its present health, or the state that keeps it out, began; zero: not known
	Until    time.Time // when its ejection may end; zero: there is none, or it is not known
}

// StatusView is the control plane as a whole.
type StatusView struct {
	Generation uint64 // of the published snapshot, from 1
	State      StateView
	Reload     ReloadView
	Drift      []string // names of the upstreams whose file disagrees with what serves
}

// StateView says whether changes can be kept.
type StateView struct {
	OK    bool
	Error string // why not; "" when OK
}

// ReloadView is the outcome of the latest configuration that was applied or refused.
type ReloadView struct {
	OK    bool
	At    time.Time // of the latest configuration that was applied
	File  string
	Error string // one line per fault; "" when OK
}

// ReloadResult is what an applied configuration did.
type ReloadResult struct {
	Generation uint64   // of the snapshot that serves now
	Changed    []string // upstreams whose split the file replaced, in file order
	Warnings   []string // what an operator should know although it was applied
}

// Metrics is a reading of every counter and gauge that the control plane can
// reach. All counters are cumulative since the process started. The caller
// owns it.
type Metrics struct {
	Generation uint64 // of the published snapshot, from 1
	StateOK    bool
	Reload     ReloadView
	Upstreams  []UpstreamMetrics // in the order of the file
	// Certificates are those that listeners show; the caller must not change them.
	Certificates []Certificate
}

// UpstreamMetrics are the counters of one upstream.
type UpstreamMetrics struct {
	Name     string
	Revision uint64
	Users    outcome.UserTotals // what users saw
	Queue    *QueueView         // nil: there is none
	Sessions *int               // whose endpoints were learnt; nil: none are
	Held     *HeldMetrics       // nil: none was ever held, and the file holds none
	Schema   *SchemaView        // nil: no version needs a certain one
	Unkeyed  *uint64            // requests of which a keyed split knew no user; nil: it is not keyed
	Rollout  rollout.Phase      // of the running or last explicit rollout; "": there never was one
	Drift    bool
	Versions []VersionMetrics
	Retries  proxy.RetryTotals // by what the attempt before came to
	// Rollouts and Judgements are how rollouts, and guards, have ended.
	Rollouts, Judgements map[rollout.Phase]uint64
}

// VersionMetrics are the counters of one version.
type VersionMetrics struct {
	Name      string
	Share     float64           // 0 to 1
	Guard     rollout.Phase     // of the guard that judges the version; "": none does
	Attempts  outcome.Totals    // by outcome, and latency
	Shield    *ShieldMetrics    // nil: the version's failures were never repeated on stable
	Proof     *rollout.Proof    // against the version; nil: nobody judges it
	Mirrored  map[string]uint64 // what copies for the version have come to; nil: there was none
	Endpoints []EndpointMetrics
	Names     []NameView
}

// ShieldMetrics is what became of a version's failed first attempts on stable.
type ShieldMetrics struct{ OK, Failed uint64 }

// EndpointMetrics is one endpoint's state.
type EndpointMetrics struct {
	Address  string
	Up       bool // may be picked: up, passing its checks, neither ejected nor tried after that
	Inflight int64
	Checked  bool // by active checks
	Care     outcome.CareTotals
}
