package app

import (
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/health/outcome"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

// The functions of this file turn what the control plane shows into the JSON
// types of the API. They only rename.

func upstreamView(u control.UpstreamView) api.Upstream {
	out := api.Upstream{
		Name:     u.Name,
		Revision: u.Revision,
		Stable:   u.Stable,
		Split:    make(map[string]api.Share, len(u.Split)),
		Versions: make([]api.Version, len(u.Versions)),
		Users:    windowView(u.Users),
		Drift:    u.Drift,
		LastChange: api.Change{
			At: u.Last.At, Author: u.Last.Author, Source: string(u.Last.Source), Reason: u.Last.Reason,
		},
	}
	for version, s := range u.Split {
		out.Split[version] = api.Share{Weight: s.Weight, Share: s.Share}
	}
	for i, v := range u.Versions {
		out.Versions[i] = versionView(v)
	}
	out.Writes = writesView(&u.Writes)
	if u.Queue != nil {
		out.Queue = &api.Queue{Length: u.Queue.Length, Size: u.Queue.Size}
	}
	out.Schema = schemaView(u.Schema)
	if b := u.WayBack; b != nil {
		out.WayBack = &api.WayBack{Revision: b.Revision, Stable: b.Stable, Refused: b.Refused}
		if !b.WarmUntil.IsZero() {
			out.WayBack.WarmUntil = &b.WarmUntil
		}
	}
	out.Contract = (*api.Contract)(u.Contract)
	if u.Rollout != nil {
		r := rolloutView(*u.Rollout)
		out.Rollout = &r
	}
	if e := u.Ended; e != nil {
		out.LastRollout = &api.LastRollout{
			ID: e.ID, From: e.Plan.From, To: e.Plan.To, Group: e.Plan.GroupName, State: string(e.Phase), Reason: e.Reason, EndedAt: e.EndedAt,
		}
	}
	guards := make([]api.Rollout, len(u.Guards))
	for i, g := range u.Guards {
		guards[i] = rolloutView(g)
	}
	if len(guards) > 0 {
		out.Guard = &guards[worst(u.Guards)]
	}
	if len(guards) > 1 {
		out.Guards = guards
	}
	return out
}

// worst is the index of the guard that most needs a look: the first that is not
// simply watching.
func worst(guards []rollout.State) int {
	for i, g := range guards {
		if g.Phase != rollout.Progressing {
			return i
		}
	}
	return 0
}

func versionView(v control.VersionView) api.Version {
	out := api.Version{
		Name:      v.Name,
		Endpoints: make([]api.Endpoint, len(v.Endpoints)),
		Window:    windowView(v.Window),
		Schema:    rangeView(v.Schema),
		Retired:   (*api.Retired)(v.Retired),
	}
	for i, e := range v.Endpoints {
		out.Endpoints[i] = endpointView(e)
	}
	for _, n := range v.Names {
		name := api.Name{Name: n.Name, Addresses: n.Addresses, Error: n.Error}
		if !n.At.IsZero() {
			name.At = &n.At
		}
		out.Names = append(out.Names, name)
	}
	return out
}

func endpointView(e control.EndpointView) api.Endpoint {
	out := api.Endpoint{
		Address: e.Address, Name: e.Name, State: e.State, Health: e.Health, Inflight: e.Inflight, Tunnels: e.Tunnels, Weight: e.Weight, Backup: e.Backup,
		Cause: e.Cause,
	}
	if !e.Since.IsZero() {
		out.Since = &e.Since
	}
	if !e.Until.IsZero() {
		out.Until = &e.Until
	}
	return out
}

func windowView(s outcome.Summary) api.Window {
	return api.Window{
		Seconds:   s.Span.Seconds(),
		Requests:  s.Requests,
		Errors:    s.Errors,
		ErrorRate: s.ErrorRate,
		P50:       milliseconds(s.P50),
		P99:       milliseconds(s.P99),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func rolloutView(s rollout.State) api.Rollout {
	out := api.Rollout{
		ID:        s.ID,
		Strategy:  s.Plan.Strategy,
		From:      s.Plan.From,
		To:        s.Plan.To,
		State:     string(s.Phase),
		Group:     s.Plan.GroupName,
		Steps:     s.StepCount(),
		Step:      s.StepNumber(),
		Weight:    s.Percent,
		Writes:    s.Writer(),
		Flag:      s.Plan.Flag,
		Segments:  s.Segments(),
		Reason:    s.Reason,
		WaitsFor:  s.WaitsFor(),
		Certified: s.Certified(),
		Evidence:  evidenceView(&s),
		Failures:  append([]string{}, s.Evidence.Failures...),
		StartedAt: s.StartedAt,
	}
	out.Mirror = mirrorView(&s)
	if r := s.Roll; r != nil {
		out.Endpoints = append(rolled(s.Plan.From, r.From), rolled(s.Plan.To, r.To)...)
	}
	if warm := s.WarmUntil(); !warm.IsZero() && !s.Roll.Cold() {
		out.WarmUntil = &warm
	}
	if s.Phase.Ended() {
		ended := s.EndedAt
		out.EndedAt = &ended
		duration := ended.Sub(s.StartedAt).Seconds()
		out.Duration = &duration
		if r := s.Report; r != nil {
			out.Report = &api.Report{
				Requests:       r.Requests,
				UserErrors:     r.UserErrors,
				Availability:   r.Availability,
				FailedAttempts: r.FailedAttempts,
				SecondsToZero:  r.SecondsToZero,
				Numbers:        numbersView(r.Numbers),
			}
		}
	}
	return out
}

// rolled are a version's endpoints in a rolling rollout.
func rolled(version string, members []rollout.Member) []api.RolledEndpoint {
	out := make([]api.RolledEndpoint, len(members))
	for i, m := range members {
		out[i] = api.RolledEndpoint{Version: version, Address: m.Address, Stage: string(m.Stage), Batch: m.Batch}
	}
	return out
}

// gateView is a gate; base is what its link is below.
func gateView(g control.GateView, base string) api.Gate {
	out := api.Gate{Name: g.Name, At: g.Point, Step: g.Step, State: g.State, Reason: g.Reason, Approval: g.Approval, Author: g.Author}
	if !g.At.IsZero() {
		out.Since = &g.At
	}
	if g.Link != "" {
		out.Link, out.Expires = strings.TrimSuffix(base, "/")+g.Link, &g.Expires
	}
	return out
}

// gatesWithoutLinks are gates as everybody may see them.
func gatesWithoutLinks(gates []control.GateView) (out []api.Gate) {
	for _, g := range gates {
		g.Link, g.Expires = "", time.Time{}
		out = append(out, gateView(g, ""))
	}
	return out
}

// answersView are the answers of gates as history has them.
func answersView(answers []control.GateResult) (out []api.Gate) {
	for _, g := range answers {
		out = append(out, api.Gate{Name: g.Name, At: g.Point, Step: g.Step, State: g.State, Reason: g.Reason, Author: g.Author, Since: &g.At})
	}
	return out
}

func revisionView(r control.Revision) api.Revision {
	out := api.Revision{
		Revision: r.Revision,
		At:       r.At,
		Author:   r.Author,
		From:     r.From,
		Source:   string(r.Source),
		Reason:   r.Reason,
		Split:    shares(r.Split),
		Stable:   r.Stable,
	}
	if r.Rollout != nil {
		s := rolloutView(*r.Rollout)
		s.Evidence = nil
		out.Rollout = &s
	}
	out.NoReturn = (*api.NoReturn)(r.NoReturn)
	out.Gates = answersView(r.Gates)
	return out
}

// lasted adds to revisions, newest first, how long each was the present one.
func lasted(revisions []api.Revision) {
	for i := 1; i < len(revisions); i++ {
		if r, next := &revisions[i], &revisions[i-1]; next.Revision == r.Revision+1 {
			seconds := next.At.Sub(r.At).Seconds()
			r.Lasted = &seconds
		}
	}
}

func numbersView(n *rollout.Numbers) *api.Numbers {
	if n == nil {
		return nil
	}
	return &api.Numbers{
		Candidate: api.Attempts{Requests: n.Candidate.Requests, Failures: n.Candidate.Failures},
		Stable:    api.Attempts{Requests: n.Stable.Requests, Failures: n.Stable.Failures},
		Ratio:     n.Ratio, From: n.From, To: n.To, Alpha: n.Alpha,
		Errors: n.Errors, Latency: n.Latency, Worse: n.Worse, Certified: n.Certified,
	}
}

// shares adds to each weight its part of the sum.
func shares(weights map[string]float64) map[string]api.Share {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	out := make(map[string]api.Share, len(weights))
	for version, w := range weights {
		out[version] = api.Share{Weight: w, Share: w / total}
	}
	return out
}

func eventView(e control.Event) api.Event {
	out := api.Event{
		Type:     string(e.Kind),
		At:       e.At,
		Upstream: e.Upstream,
		Group:    e.Group,
		Flag:     e.Flag,
		Version:  e.Version,
		Address:  e.Address,
		Revision: e.Revision,
		State:    e.State,
		Reason:   e.Reason,
	}
	if e.Retired != nil {
		out.LastRequestAt, out.Inflight, out.Warm = &e.Retired.LastRequestAt, new(int64), new(bool)
	}
	return out
}
