package admin

import (
	"time"

	"weir/health/outcome"
)

// Metrics is one reading of everything that /metrics shows besides the Go
// runtime and the process. All counts are cumulative since the process started.
type Metrics struct {
	Version     string // of Weir
	Generation  uint64 // of the snapshot that serves
	Inflight    int64  // requests being served now
	Connections int    // of clients, open now
	Tunnels     int64  // upgraded connections open now
	Panics      uint64 // client connections that a fault in Weir has ended
	// Answered counts requests that got an answer of their route's own, by what that is.
	Answered map[string]uint64
	// Rejected counts requests that Weir answered before an upstream was known or
	// because a limit was reached, by reason: a fixed word of Weir's, never something of
	// the request.
	Rejected  map[string]uint64
	AccessLog AccessLogMetrics
	Tracing   *TracingMetrics // nil: no spans are sent
	StateOK   bool            // changes can be kept
	ReloadOK  bool            // the latest load of the file succeeded
	AuditOK   bool            // the audit log is written
	AuditLost uint64          // entries of it that never will be
	TokensOK  bool            // the tokens in force are those of their file, or there are none
	// ReloadAt is when the latest load that succeeded did so; zero: none did, and
	// the metric is left out.
	ReloadAt  time.Time
	Upstreams []UpstreamMetrics
	// Certificates are those that listeners show.
	Certificates []CertificateMetrics
	Notify       []NotifyMetrics // of the targets that there are
	Flags        []FlagMetrics   // that requests of users ask for
	// Tokens counts requests of which a rule wanted to know a claim, by what their token
	// was; nil: no attribute is a claim.
	Tokens map[string]uint64
}

// FlagMetrics is a flag in a Metrics. Keys must be unique.
type FlagMetrics struct {
	Key       string
	Decisions []FlagDecisions
	Arms      []FlagArmMetrics
	// Ended counts the ends of its rollouts by state; nil: it can have none.
	Ended map[string]uint64
	// Rollout is as UpstreamMetrics has it.
	Rollout string
}

// FlagDecisions counts decisions of a flag that came to the same. "" is no variant.
type FlagDecisions struct {
	Variant, Reason string
	Count           uint64
}

// FlagArmMetrics is the users' requests that got a variant; "" is none.
type FlagArmMetrics struct {
	Variant          string
	Requests, Errors uint64
}

// NotifyMetrics is a target of notifications. Names must be unique.
type NotifyMetrics struct {
	Name                       string
	Waiting                    int // and the one that is being sent
	Delivered, Failed, Dropped uint64
}

// CertificateMetrics is one certificate of a listener. No two are of one listener
// and file.
type CertificateMetrics struct {
	Listener, File string
	NotAfter       time.Time
}

// TracingMetrics is what has become of spans, and of sampled requests.
type TracingMetrics struct {
	Sent, Failed uint64 // spans that the receiver has taken, or not after all tries
	Dropped      uint64 // requests of which there is no span, for too many waited
}

// AccessLogMetrics is what has become of the access log's lines. All zero but OK
// when there is no log.
type AccessLogMetrics struct {
	Lines   uint64 // written
	Dropped uint64 // there was no room for them
	Lost    uint64 // could not be written
	OK      bool   // lines go where they should
}

// UpstreamMetrics is one upstream in a Metrics. Names must be unique.
type UpstreamMetrics struct {
	Name     string
	Revision uint64
	Drift    bool // the file disagrees with what serves
	Users    outcome.UserTotals
	Queued   *int           // requests that wait for room; nil: there is no queue
	Sessions *int           // whose endpoints were learnt; nil: none are
	Held     *HeldMetrics   // nil: none was ever held, and the file holds none
	Schema   *SchemaMetrics // nil: no version needs a certain one
	Unkeyed  *uint64        // requests of which a keyed split knew no user; nil: it is not keyed
	// Rollout is the state of the rollout that runs or the last that did, one of
	// the api.Rollout words; empty: there never was one, every state then is 0.
	Rollout  string
	Versions []VersionMetrics
	// Retries are further attempts, of the shield's those apart, by the outcome of the
	// attempt before: one that was OK was repeated for its status.
	Retries, Shielded [outcome.NumKinds]uint64
	Unretried         uint64 // wanted to be retried, and were not
	// Ended counts the ends of rollouts, Judged those of guards, by state.
	Ended, Judged map[string]uint64
}

// SchemaMetrics is the version of the database's schema behind an upstream.
type SchemaMetrics struct {
	Version int  // the last one heard of
	Heard   bool // there was one
	Known   bool // the latest question was answered, or the file says it
}

// HeldMetrics is what has become of the writes of an upstream that has them held, or
// had.
type HeldMetrics struct {
	Waiting  int
	Released uint64 // went on when the hold was over
	Expired  uint64 // were refused when it came to its end by itself
	Refused  uint64 // found no room to wait in
}

// VersionMetrics is one version in an UpstreamMetrics. Names must be unique.
type VersionMetrics struct {
	Name  string
	Share float64 // 0 to 1
	// Guard is the state of the guard that judges this version, one of the
	// api.Rollout words; empty: none does.
	Guard    string
	Attempts outcome.Totals
	// Shield is what became of its failures on stable; nil: there never was one.
	Shield *ShieldMetrics
	// Evidence is against it; nil: nobody judges it.
	Evidence *EvidenceMetrics
	// Mirrored is what the copies for the version have come to, by a word; nil: there
	// never was one.
	Mirrored  map[string]uint64
	Endpoints []EndpointMetrics
	Names     []NameMetrics // that DNS is asked for
}

// ShieldMetrics counts a version's failed first attempts that were repeated on stable.
type ShieldMetrics struct{ OK, Failed uint64 }

// EvidenceMetrics are decimal logarithms of e-values.
type EvidenceMetrics struct{ Combined, Threshold float64 }

// NameMetrics is one name in a VersionMetrics. Names must be unique.
type NameMetrics struct {
	Name      string
	OK        bool // the latest look-up gave addresses
	Addresses int  // that DNS gave at last
}

// EndpointMetrics is one endpoint in a VersionMetrics. Addresses must be unique.
type EndpointMetrics struct {
	Address  string
	Up       bool // usable: in service, well and not ejected
	Inflight int64
	Checked  bool // by active checks; else there are no Passed and Failed
	Care     outcome.CareTotals
}
