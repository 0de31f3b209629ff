package control

import (
	"cmp"
	"fmt"
	"time"

	"weir/balancer"
)

// reasonFor adds to the view of an endpoint why it gets no requests, and since when it is
// as it is. What an operator asks goes before what was found, and that before what the
// split says: it is what has to be mended first.
func (u *upstream) reasonFor(v *version, e *endpoint, out *EndpointView) {
	word := out.Health
	found := e.live.found.Get()
	if found.Health == word {
		out.Since = found.Since
	}
	if word == "ejected" {
		out.Until = found.Until
	}
	switch {
	case out.State != balancer.Up.String():
		out.Cause, out.Since = u.askedOut(v, e, out.State)
	case word != "up" && word != "slow_start":
		out.Cause = found.Cause(word)
	case u.record.Split.Weights[v.name] == 0:
		out.Cause = v.name + " has weight 0"
		if flags := u.led(v.name); len(flags) > 0 {
			out.Cause += "; " + ledWords(flags) + " requests there"
		}
	case e.backup && v.spares():
		out.Cause = "a backup, and others of " + v.name + " can be used"
	}
}

// askedOut is who wants an endpoint to be out, and since when.
func (u *upstream) askedOut(v *version, e *endpoint, state string) (cause string, since time.Time) {
	if at := e.live.asked.Load(); at > 0 {
		since = time.Unix(0, at)
	}
	o := u.record.Endpoints[v.name][e.address]
	switch {
	case e.admin != e.apart:
		by := "a rolling rollout"
		if r := u.record.Rollout; r != nil && r.Roll != nil {
			by = "rollout " + r.ID
		}
		return fmt.Sprintf("%s by %s", state, by), since
	case o.State == "":
		return state + " by the file", since
	}
	cause = state + " by " + cmp.Or(o.Author, "an operator")
	if o.Reason != "" {
		cause += ": " + o.Reason
	}
	if !o.At.IsZero() {
		since = o.At
	}
	return cause, since
}

// spares reports whether the version has a usable endpoint that is not a backup.
func (v *version) spares() bool {
	for i := range v.endpoints {
		if e := &v.endpoints[i]; !e.backup && e.live.live.Usable() {
			return true
		}
	}
	return false
}
