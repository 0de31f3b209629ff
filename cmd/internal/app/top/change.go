package top

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"weir/proxy/admin/api"
)

// change is what a key stands for, until it is confirmed.
type change struct {
	title    string // what it is, in a few words
	effect   string // what will happen
	upstream string
	group    string // of a verb: whose rollout it is; "": the upstream's own
	// revision is the one that somebody has looked at, without which the change would mean
	// something else; 0: it means the same at any. What makes things safe is 0.
	revision uint64
	verb     api.Verb           // of a rollout
	weights  map[string]float64 // a split
	address  string             // an endpoint of a version, and its new state
	version  string
	state    string
}

func (c change) apply(client *api.Client, author string) error {
	ctx := context.Background() // the client bounds it; who quits does not take it back
	var err error
	switch {
	case c.group != "":
		_, err = client.CommandGroup(ctx, c.group, c.verb, api.VerbRequest{Author: author})
	case c.verb != "":
		_, err = client.Command(ctx, c.upstream, c.verb, api.VerbRequest{Author: author})
	case c.weights != nil:
		_, err = client.SetSplit(ctx, c.upstream, api.SplitRequest{Weights: c.weights, Author: author})
	default:
		r := api.EndpointRequest{State: &c.state, Version: c.version, Author: author}
		_, err = client.SetEndpoint(ctx, c.upstream, c.address, r)
	}
	return err
}

// verbChange is a verb for the upstream's rollout.
func verbChange(u *api.Upstream, verb api.Verb) (change, error) {
	r := judged(u)
	if r == nil {
		return change{}, fmt.Errorf("%s has no rollout to %s", u.Name, verb)
	}
	c := change{title: fmt.Sprintf("%s %s", verb, u.Name), upstream: u.Name, verb: verb}
	has := fmt.Sprintf("%s has %s", r.To, percent(r.Weight/100))
	switch verb {
	case api.Pause:
		c.effect = has + " and keeps it, still judged and reverted if it is worse"
	case api.Resume:
		c.effect = fmt.Sprintf("%s; the rollout goes on behind step %d of %d", has, r.Step, r.Steps)
	case api.Promote:
		c.revision = u.Revision // or the wait behind this one would be ended
		c.effect = fmt.Sprintf("%s; ends the wait of step %d of %d, unjudged", has, r.Step, r.Steps)
		if r.WaitsFor != "" {
			c.effect += ": " + r.WaitsFor
		}
	case api.Abort:
		c.effect = fmt.Sprintf("%s; %s gets it back", has, r.From)
	}
	if r.Group != "" {
		c.group, c.revision = r.Group, 0 // a group has no revision
		c.title = fmt.Sprintf("%s group %s", verb, r.Group)
		c.effect = "all its upstreams: " + c.effect
	}
	return c, nil
}

// splitChange gives a version its part, which is written as a percentage. Stable gets what
// the others leave.
func splitChange(u *api.Upstream, version, text string) (change, error) {
	p, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "%"), 64)
	if err != nil || !(p >= 0 && p <= 100) {
		return change{}, fmt.Errorf("%q: want a percentage from 0 to 100", text)
	}
	weights := map[string]float64{version: p}
	rest := 100 - p
	for name, s := range u.Split {
		if name != version && name != u.Stable {
			weights[name] = 100 * s.Share
			rest -= 100 * s.Share
		}
	}
	if rest < -1e-9 {
		return change{}, fmt.Errorf("%s would have %s and the others %s: want 100%% at most",
			version, percent(p/100), percent((100-rest-p)/100))
	}
	weights[u.Stable] = max(0, rest)
	return change{
		title:  fmt.Sprintf("set %s of %s to %s", version, u.Name, percent(p/100)),
		effect: fmt.Sprintf("it has %s; %s gets %s", percent(u.Split[version].Share), u.Stable, percent(weights[u.Stable]/100)),
		// What the others have is as it was seen.
		upstream: u.Name, revision: u.Revision, weights: weights,
	}, nil
}

// candidate is the version that a weight is asked for: that of the endpoint at hand, or
// the only one beside stable.
func candidate(u *api.Upstream, at string) (string, error) {
	if at != "" && at != u.Stable {
		return at, nil
	}
	var others []string
	for _, v := range u.Versions {
		if v.Name != u.Stable {
			others = append(others, v.Name)
		}
	}
	switch len(others) {
	case 0:
		return "", fmt.Errorf("%s has no version beside %s", u.Name, u.Stable)
	case 1:
		return others[0], nil
	}
	return "", fmt.Errorf("open %s and choose an endpoint of the version: %s", u.Name, strings.Join(others, ", "))
}

// stateChange drains an endpoint or puts it back.
func stateChange(u *api.Upstream, e endpoint, state string) change {
	effect := "it takes requests again as soon as it is well"
	if state == api.StateDrain {
		effect = fmt.Sprintf("nothing new goes there, %d in flight may end", e.Inflight)
	}
	return change{
		title:  fmt.Sprintf("%s %s of %s %s", state, e.Address, u.Name, e.version),
		effect: effect, upstream: u.Name, address: e.Address, version: e.version, state: state,
	}
}
