package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
)

// keyed lets the split go by keys where the file says what users are known by.
func (u *upstream) keyed(s *balancer.Split) (*balancer.Split, *proxy.Sticky, error) {
	if u.config.Sticky == nil {
		return s, nil, nil
	}
	if u.users == nil {
		u.users = &proxy.StickyLive{}
	}
	known, err := proxy.NewSticky(stickyOptions(u.config.Sticky, u.users))
	if err != nil {
		return nil, nil, fmt.Errorf("sticky: %w", err)
	}
	s, err = s.Keyed(u.record.keys(u.name()))
	return s, known, err
}

func stickyOptions(s *config.Sticky, live *proxy.StickyLive) proxy.StickyOptions {
	o := proxy.StickyOptions{Header: s.Header, IP: s.IP, Live: live}
	if s.Cookie != "" {
		o.Cookie = &proxy.AffinityCookie{
			Name: s.Cookie, Path: s.Path, Domain: s.Domain, Expires: s.MaxAge, HTTPOnly: true, SameSite: "Lax",
		}
	}
	return o
}

// pinned are the file's pins as requests see them.
func pinned(in []config.Pin) []proxy.Pin {
	var out []proxy.Pin
	for _, p := range in {
		out = append(out, proxy.Pin{
			Version: p.Version, Header: strings.ToLower(p.Header), Cookie: strings.ToLower(p.Cookie),
			Value: p.Value, From: networks(p.From),
		})
	}
	return out
}

// keys say where the keys of an upstream of that name are: settled under its name, and
// what the running rollout moves under its id.
func (r *record) keys(name string) balancer.Keys {
	k := balancer.Keys{Salt: name, Layout: r.layout()}
	if run := r.running(); run != nil {
		k.Move = &balancer.Move{Salt: run.ID, From: run.Plan.From, To: run.Plan.To}
	}
	return k
}

// layout is the record's; of one that an older Weir has kept, the plainest.
func (r *record) layout() balancer.Layout {
	if r.Layout.Whole() {
		return r.Layout
	}
	s := r.Split
	if run := r.running(); run != nil {
		s = s.move(run.Plan.From, run.Plan.To, run.StartPercent)
	}
	return balancer.NewLayout(s.Weights)
}

// settle lets the layout follow the weights. What a running rollout moves is the
// rollout's until it has ended: its candidate keeps what it had settled, and its stable
// gets what a version has lost that was reverted meanwhile.
func (r *record) settle() {
	l, w := r.layout(), r.Split.Weights
	if run := r.running(); run != nil {
		from, to := run.Plan.From, run.Plan.To
		both := w[from] + w[to]
		w = maps.Clone(w)
		w[to] = min(both, l.Share(to)*r.Split.total())
		w[from] = both - w[to]
	}
	r.Layout = l.Follow(w)
}

// begins reports whether a rollout, or a guard where none runs, judges in this
// generation that did not in the one before.
func (u *upstream) begins(was *upstream) bool {
	if run := u.record.running(); run != nil {
		before := was.record.running()
		return before == nil || before.ID != run.ID
	}
	return slices.ContainsFunc(u.guards, func(g rollout.Subject) bool {
		return !slices.ContainsFunc(was.guards, func(b rollout.Subject) bool { return b.Trip == g.Trip && b.State.ID == g.State.ID })
	})
}
