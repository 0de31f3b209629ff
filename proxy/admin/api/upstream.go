package api

import "time"

// Upstreams answers GET /v1/upstreams, in the order of the configuration file.
type Upstreams struct {
	Upstreams []Upstream `json:"upstreams"`
}

// Upstream answers GET /v1/upstreams/{u} and every write to an upstream.
type Upstream struct {
	Name string `json:"name"`
	// Revision numbers the split, from 1; it is also the ETag of this object.
	Revision uint64 `json:"revision"`
	Stable   string `json:"stable"`
	// Split has every version, those of weight 0 too.
	Split map[string]Share `json:"split"`
	// Versions are in the order of the configuration file.
	Versions []Version `json:"versions"`
	// Users is what users saw, after retries; latencies are to the end of the answer.
	Users Window `json:"users"`
	// Rollout is the rollout that runs; null when none does. The last one that
	// ended is at GET /v1/upstreams/{u}/rollout.
	Rollout *Rollout `json:"rollout"`
	// LastRollout is how the last rollout ended; absent while one runs, and where there
	// has been none.
	LastRollout *LastRollout `json:"last_rollout,omitempty"`
	// Guard judges a split that no rollout started; null when there is nothing
	// to judge or the guard is off. With several judged versions it is the one
	// that most needs a look, and Guards has them all.
	Guard *Rollout `json:"guard"`
	// Guards is absent unless more than one version is guarded.
	Guards []Rollout `json:"guards,omitempty"`
	// Queue is where requests wait for room; null when there is none.
	Queue *Queue `json:"queue"`
	// Schema is that of the database behind it; absent unless the file says where it
	// is known from.
	Schema *Schema `json:"schema,omitempty"`
	// Writes is where writes go.
	Writes Writes `json:"writes"`
	// Contract is how far the gates of after_finish of the last rollout are; absent where
	// it has none.
	Contract *Contract `json:"contract,omitempty"`
	// WayBack is where an undo goes by default; absent while a rollout runs, and where
	// there is nothing to go back to.
	WayBack *WayBack `json:"way_back,omitempty"`
	// Drift says how the file disagrees with what serves, for instance because
	// it still names the old stable after a rollout. Empty: it agrees.
	Drift string `json:"drift,omitempty"`
	// LastChange is the present revision: who made it, when and why.
	LastChange Change `json:"last_change"`
}

// Schema is the version of a database's schema.
type Schema struct {
	Current *int       `json:"current"` // null while it is not known
	At      *time.Time `json:"at"`      // when the source said so last; null where the file does, and before
	Source  string     `json:"source"`  // the URL that is asked, or file
	Error   string     `json:"error"`   // why the source has not said more; empty: it has
}

// SchemaRange is the schemas that a version can run on, both ends included.
type SchemaRange struct {
	Min    *int   `json:"min"`    // null while it is not known
	Max    *int   `json:"max"`    // null also where there is no end
	Source string `json:"source"` // declared, by the file, or announced, by all usable endpoints
	Error  string `json:"error"`  // why it is not known; empty: it is
}

// LastRollout is how a rollout ended, in short.
type LastRollout struct {
	ID      string    `json:"id"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Group   string    `json:"group,omitempty"` // that it was a part of; absent: none
	State   string    `json:"state"`           // succeeded, reverted or aborted
	Reason  string    `json:"reason"`          // a sentence with its numbers
	EndedAt time.Time `json:"ended_at"`
}

// WayBack is where an undo goes by default.
type WayBack struct {
	Revision  uint64     `json:"revision"`
	Stable    string     `json:"stable"`
	WarmUntil *time.Time `json:"warm_until"` // until when it is one switch to a warm version; null: it is not counted on
	Refused   string     `json:"refused"`    // why it is refused; empty: it is not
}

// Retired is the proof that a version can be done without: nothing in flight, not warm.
type Retired struct {
	Rollout       string    `json:"rollout"`         // that has taken its place
	At            time.Time `json:"at"`              // when that was found
	LastRequestAt time.Time `json:"last_request_at"` // when its last request ended, to a second
}

// Contract is how far the gates of after_finish are: what they do takes away what the
// version before needs.
type Contract struct {
	Rollout string `json:"rollout"`
	State   string `json:"state"`  // pending, running, passed or failed
	Reason  string `json:"reason"` // why it failed
}

// Queue is where requests wait while the endpoints of their version have as many in
// flight as they may.
type Queue struct {
	Length int `json:"length"` // how many wait
	Size   int `json:"size"`   // how many may
}

// Writes is where the writes of an upstream go.
type Writes struct {
	// Pinned says that all of them go to Version, whatever the weights are; else they go
	// as the weights do, and Version is absent.
	Pinned  bool   `json:"pinned"`
	Version string `json:"version,omitempty"`
	// InFlight is how many are under way now.
	InFlight int64    `json:"in_flight"`
	ReadOnly ReadOnly `json:"read_only"`
	// Hold is what has them wait, or had last; absent when nothing ever did.
	Hold *WriteHold `json:"hold,omitempty"`
}

// ReadOnly says whether an upstream refuses its writes.
type ReadOnly struct {
	On     bool       `json:"on"`
	Source string     `json:"source"` // file, or api when an operator has set it
	At     *time.Time `json:"at"`     // when that was; null where the file decides
	Author string     `json:"author"`
	Reason string     `json:"reason"`
}

// WriteHold is a time in which no write goes to any version.
type WriteHold struct {
	By      string    `json:"by"` // who holds them
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"` // when it ends at the latest, or has ended
	InForce bool      `json:"in_force"`
	Expired bool      `json:"expired"` // it ended by itself
	Waiting int       `json:"waiting"` // writes that wait
	// Before is how many were under way when it began; Drained, that they have ended, the
	// last of them after so many milliseconds, and that nothing has begun since.
	Before       int64   `json:"before"`
	Drained      bool    `json:"drained"`
	DrainedAfter float64 `json:"drained_after_ms"`
}

// Change is how a revision came about.
type Change struct {
	At     time.Time `json:"at"`
	Author string    `json:"author"` // who asked; empty when nobody did
	Source string    `json:"source"` // one of the Source words
	Reason string    `json:"reason"`
}

// Share is one version's part of a split.
type Share struct {
	Weight float64 `json:"weight"` // as set: 0 or more, of any total
	Share  float64 `json:"share"`  // weight divided by the sum of all weights, 0 to 1
}

// Version is one version of an upstream with what serves it.
type Version struct {
	Name      string     `json:"name"`
	Endpoints []Endpoint `json:"endpoints"`
	Window    Window     `json:"window"`
	// Schema is what it can run on; absent where the upstream has none.
	Schema *SchemaRange `json:"schema,omitempty"`
	// Retired says that no request of it is left and none is to come; absent unless a
	// rollout has taken its place, and it has had no weight since.
	Retired *Retired `json:"retired,omitempty"`
	// Names are what DNS is asked for to find endpoints; absent when the file has all
	// addresses itself.
	Names []Name `json:"names,omitempty"`
}

// Name is a name of the configuration file that stands for endpoints.
type Name struct {
	Name string `json:"name"` // as DNS is asked: a host, or a service of one
	// Addresses are what DNS gave at last, those of a service with their ports.
	Addresses []string `json:"addresses"`
	// Error says why DNS gave none, or why what it gave before stays; empty: all is well.
	Error string     `json:"error"`
	At    *time.Time `json:"at"` // of the latest look-up; null before the first
}

// Endpoint is one address that serves a version.
type Endpoint struct {
	Address  string `json:"address"`          // host:port
	Name     string `json:"name,omitempty"`   // what the file calls it, host:port, when DNS gave the address
	State    string `json:"state"`            // what an operator wants, else the file: one of the State words
	Health   string `json:"health"`           // what Weir found: one of the Health words
	Inflight int64  `json:"inflight"`         // attempts being served now, upgraded connections among them
	Tunnels  int64  `json:"tunnels"`          // upgraded connections open now
	Weight   int    `json:"weight"`           // relative to the version's other endpoints
	Backup   bool   `json:"backup,omitempty"` // gets requests only when no other endpoint of the version can
	// Cause says in a sentence why it gets no requests; empty: it gets some.
	Cause string `json:"cause"`
	// Since is when its present health began or, of one that an operator or the file keeps
	// out, that state; null where it is not known.
	Since *time.Time `json:"since"`
	// Until is when its ejection may end; absent outside of one.
	Until *time.Time `json:"until,omitempty"`
}

// What an operator may ask of an endpoint.
const (
	StateUp    = "up"    // serves
	StateDrain = "drain" // takes nothing new, finishes the rest
	StateDown  = "down"  // out of service
)

// What Weir knows about an endpoint.
const (
	HealthUp        = "up"
	HealthSlowStart = "slow_start" // up, and its share grows
	HealthChecking  = "checking"   // no active check has passed yet
	HealthDown      = "down"       // active checks fail
	HealthEjected   = "ejected"    // out for a while, by its answers, or tried after that
)

// Window sums up the last ten seconds: a version's first attempts, or an upstream's
// users.
type Window struct {
	Seconds   float64 `json:"seconds"` // what the numbers cover, about 10 at most; 0 before the first request
	Requests  uint64  `json:"requests"`
	Errors    uint64  `json:"errors"`
	ErrorRate float64 `json:"error_rate"` // errors divided by requests, 0 to 1; 0 without requests
	P50       float64 `json:"p50_ms"`     // milliseconds, of a version's to the first byte; 0 without requests
	P99       float64 `json:"p99_ms"`
}
