package control

import (
	"fmt"
	"slices"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
	"weir/proxy"
)

// upstream is one upstream in one generation: what the file says, what is kept,
// and all that follows from both. It is immutable once published, apart from
// the live things it points to.
type upstream struct {
	config   *config.Upstream
	record   *record
	live     *liveUpstream
	shared   *proxy.UpstreamLive
	retries  *outcome.Budget
	users    *proxy.StickyLive // outlives generations; nil before the file says sticky
	versions []*version        // in the order of the file
	trips    trips
	guards   []rollout.Subject
	proxied  *proxy.Upstream
}

// version is one version in one generation.
type version struct {
	name      string
	most      int // requests in flight that it can take in all; 0: what its endpoints can
	live      *liveVersion
	endpoints []endpoint
	lingering bool              // some are there only until others can take their place
	group     *balancer.Group   // same order as endpoints
	proxied   []*proxy.Endpoint // same order as endpoints
}

// endpoint is one endpoint in one generation.
type endpoint struct {
	address string
	weight  int                 // the operator's, or the file's
	most    int                 // attempts in flight; 0: no bound
	admin   balancer.AdminState // the operator's, a rolling rollout's, or the file's
	apart   balancer.AdminState // the same without the rolling rollout's
	born    string              // the start by a rolling rollout that its live things belong to
	backup  bool
	node    string
	fails   balancer.FailRule // zero: failures are not counted
	route   string            // "" without affinity
	live    *liveEndpoint
	at      place

	slowStart time.Duration
}

func (u *upstream) name() string { return u.config.Name }

func (u *upstream) versionNames() []string { return versionNames(u.config) }

func versionNames(cfg *config.Upstream) []string {
	names := make([]string, len(cfg.Versions))
	for i := range cfg.Versions {
		names[i] = cfg.Versions[i].Name
	}
	return names
}

// version returns the version of that name, nil if there is none.
func (u *upstream) version(name string) *version {
	i := slices.IndexFunc(u.versions, func(v *version) bool { return v.name == name })
	if i < 0 {
		return nil
	}
	return u.versions[i]
}

// states says of each endpoint why it serves or not, for people.
func (v *version) states() string {
	if len(v.endpoints) == 0 {
		return "its names, of which DNS gives no address,"
	}
	words := make([]string, len(v.endpoints))
	for i, e := range v.endpoints {
		words[i] = e.address + " (" + e.live.live.Health() + ")"
		if a := e.live.live.Admin(); a != balancer.Up {
			by := "an operator"
			if e.admin != e.apart {
				by = "a rolling rollout"
			} else if a.String() == e.at.State { // what agrees with the file is no setting of an operator's
				by = "the file"
			}
			words[i] = e.address + " (" + a.String() + " by " + by + ")"
		}
	}
	return enumerate(words)
}

// serving reports whether the version may be chosen for a request.
func (u *upstream) serving(name string) bool {
	return u.record.Split.Weights[name] > 0 || u.record.Split.Stable == name
}

// keeps reports whether connections to the version are kept: it serves, or is to.
func (u *upstream) keeps(name string) bool {
	r := u.record.running()
	return u.serving(name) || r != nil && r.Plan.To == name || len(u.led(name)) > 0
}

// candidate reports whether the version is judged, by the running rollout or by
// a guard.
func (u *upstream) candidate(name string) bool {
	if r := u.record.running(); r != nil && r.Plan.To == name {
		return true
	}
	return slices.ContainsFunc(u.guards, func(g rollout.Subject) bool { return g.State.Plan.To == name })
}

// arm lets the monitor know which versions are judged; one that begins to be
// begins with a clean sheet.
func (u *upstream) arm() {
	for _, v := range u.versions {
		judged := u.candidate(v.name)
		if !judged { // nor are its slow attempts told apart
			v.live.stats.SlowerThan([outcome.NumBounds]uint8{})
		}
		if judged && !v.live.judged.Load() {
			for _, e := range v.endpoints {
				e.live.stats.CleanSheet()
			}
		}
		v.live.judged.Store(judged) // whoever sees that looks at the clean sheet
	}
}

// brief is what the upstream's engine has to know.
func (u *upstream) brief() rollout.Brief {
	b := rollout.Brief{
		Revision: u.record.Revision,
		Stable:   u.record.Split.Stable,
		Weights:  u.record.Split.Weights,
		Guards:   u.guards,
	}
	if r := u.record.running(); r != nil {
		b.Rollout = &rollout.Subject{State: *r, Trip: u.trips[r.Plan.To]}
	}
	return b
}

// drift says how the file disagrees with what serves, "" when it agrees. The
// file names the stable version, so after a rollout it has to be told.
func (u *upstream) drift() string {
	file, serves := u.record.Base.Stable, u.record.Split.Stable
	if file == serves {
		return ""
	}
	return fmt.Sprintf("the file names %s as stable, %s is: write stable: %s and the weights (%s) into the file",
		file, serves, serves, u.record.Split.weights())
}
