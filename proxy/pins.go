package proxy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/lookup"
)

// Pin sends the requests that it knows to one version, whatever the split says: tests
// of what users do not get yet (semantics §1.6). They are neither judged nor shielded,
// their retries stay in the version, and where that has no usable endpoint they are
// refused. Users' statistics count them like any other.
type Pin struct {
	Version string // one of the upstream's

	// One of them is set. Header and Cookie are where the value must stand, in lower
	// case; Listener is the name of the one that the request came to, and has no value.
	Header, Cookie, Listener string
	Value                    string // not empty, compared with the bytes as they were sent

	From []netip.Prefix // the clients that may; none: all
}

// knows says whether the request is one of the pin's. The value comes first: most
// requests have nothing of that name.
func (p *Pin) knows(x Exchange) bool {
	return p.finds(x) && (len(p.From) == 0 || http1.Contains(p.From, x.Client()))
}

// finds looks for the value in every line of the header, or every Cookie line, or
// where the request came from.
func (p *Pin) finds(x Exchange) bool {
	if p.Listener != "" {
		return x.Listener() == p.Listener
	}
	name := p.Header
	if p.Cookie != "" {
		name = "cookie"
	}
	for value, next := x.Header(name, 0); next > 0; value, next = x.Header(name, next) {
		if p.Cookie != "" {
			value, _ = lookup.Cookie(value, p.Cookie)
		}
		if string(value) == p.Value {
			return true
		}
	}
	return false
}

func (p *Pin) check(up *Upstream) error {
	switch {
	case p.Listener != "" && p.Header+p.Cookie+p.Value != "", p.Listener == "" && ((p.Header == "") == (p.Cookie == "") || p.Value == ""):
		return fmt.Errorf("pin to %s: want a header or a cookie, and its value, or a listener", p.Version)
	case p.Header != strings.ToLower(p.Header) || p.Cookie != strings.ToLower(p.Cookie):
		return fmt.Errorf("pin to %s: %s%s: want lower case", p.Version, p.Header, p.Cookie)
	case !slices.ContainsFunc(up.Versions, func(v *Version) bool { return v.Name == p.Version }):
		return fmt.Errorf("pin to %s: no such version", p.Version)
	}
	return nil
}

// version chooses the version of a first attempt, -1 when none can take it. It says in
// w.ask what that went by, for this generation. wanted is the version that the route is
// for, "" for none.
func (u *Upstream) version(x Exchange, w *worker, wanted string) int {
	w.ask.Pinned, w.ask.Sticky = "", nil
	for i := range u.Pins {
		if p := &u.Pins[i]; p.knows(x) {
			w.ask.Pinned = p.Version
			break
		}
	}
	u.pinWrites(x, w)
	if wanted != "" && w.ask.Pinned == "" && !w.ask.Write && !w.ask.Wrote {
		// Whom a flag sends there is a user like all others: where the version can take
		// nothing he goes elsewhere, and what he writes goes where writes go.
		w.ask.Pinned = wanted
		if v := u.Split.Choose(&w.ask); v >= 0 {
			return v
		}
		w.ask.Pinned = ""
	}
	if u.Sticky == nil || w.ask.Pinned != "" {
		return u.Split.Choose(&w.ask)
	}
	w.ask.Sticky = u.Sticky.key(x, w)
	v := u.Split.Choose(&w.ask)
	if v >= 0 && !w.ask.Write && !w.ask.Wrote && w.user.hash != 0 && u.Sticky.live.seen.New(w.user.hash) {
		u.Versions[v].Stats.Key(w.shard)
	}
	return v
}

// nowhere is the answer to a request for which there is no endpoint.
func (u *Upstream) nowhere(w *worker) *reply {
	if w.ask.Pinned != "" {
		return replyPinned
	}
	if w.ask.Write {
		return u.refusal(replyNoWriter)
	}
	return u.refusal(replyNoEndpoint)
}
