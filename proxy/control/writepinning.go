package control

import (
	"fmt"

	"weir/balancer"
	"weir/config"
	"weir/proxy"
)

// writer is the version that all writes go to under this record; "": they go as the
// weights do. While a rollout runs that is a part of its state; else, where the file
// pins writes, it is stable, as long as others have weight: they may read.
func (r *record) writer(pinned bool) string {
	if run := r.running(); run != nil {
		return run.Writer()
	}
	if !pinned || r.Split.single() {
		return ""
	}
	return r.Split.Stable
}

// single reports that one version has all of the weight.
func (s split) single() bool {
	n := 0
	for _, w := range s.Weights {
		if w > 0 {
			n++
		}
	}
	return n == 1
}

// writer is where writes are pinned now; "": nowhere.
func (u *upstream) writer() string { return u.record.writer(u.config.Rollout.Writes.Pinned) }

// written lets the split send writes where they are pinned, and those who wrote with
// them.
func (u *upstream) written(s *balancer.Split) (*balancer.Split, *proxy.Wrote, error) {
	name := u.writer()
	if name == "" {
		return s, nil, nil
	}
	for i, v := range u.versions {
		if v.name == name {
			s, err := s.Writing(i)
			return s, wrote(&u.config.Rollout.Writes), err
		}
	}
	return nil, nil, fmt.Errorf("writes are pinned to %s, which is no version", name)
}

func wrote(w *config.WritePinning) *proxy.Wrote {
	if w.ReadYourWrites == 0 {
		return nil
	}
	return proxy.NewWrote(w.Cookie, w.ReadYourWrites)
}

// WritesView says where the writes of an upstream go.
type WritesView struct {
	Pinned  bool   // to Version, whatever the weights are
	Version string // "" when they go as the weights do

	InFlight int64 // under way now
	ReadOnly ReadOnlyView
	Hold     proxy.WriteHeld // in force, or the last one; zero: there was none
}

func (u *upstream) writes() WritesView {
	name := u.writer()
	v := WritesView{Pinned: name != "", Version: name, ReadOnly: u.readOnlyView()}
	v.InFlight, v.Hold = u.gateView()
	return v
}
