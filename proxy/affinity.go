package proxy

import (
	"crypto/md5"
	"encoding/hex"
	"errors"

	"weir/balancer"
	"weir/proxy/internal/affinity"
)

// Affinity keeps a client on the endpoint that answered it, within the version that
// the split has chosen: the split is never overruled. An endpoint that cannot be had
// is one among others, and whoever answers then has the client from there on.
type Affinity struct {
	cookie *affinity.Cookie
	route  affinity.Sources
	learn  *learning
}

// AffinityOptions is one way to know a client's endpoint: one of them is set.
type AffinityOptions struct {
	Cookie *AffinityCookie  // Weir gives one
	Route  []AffinitySource // of the request, the first that is not empty is the endpoint's route
	Learn  *Learn           // the service's sessions
}

// The ways, as they are described to the data plane.
type (
	// AffinityCookie is the cookie that Weir gives.
	AffinityCookie = affinity.CookieOptions
	// AffinitySource is a place in a request or an answer.
	AffinitySource = affinity.SourceOptions
	// CookieSecure says when a cookie is for TLS only.
	CookieSecure = affinity.Secure
	// Sessions are those that were learnt. They outlive generations, not the process.
	Sessions = affinity.Sessions
)

// When a cookie is for TLS only.
const (
	SecureAuto = affinity.SecureAuto // where it is given over TLS
	SecureOn   = affinity.SecureOn
	SecureOff  = affinity.SecureOff
)

// NewAffinity makes the options ready.
func NewAffinity(o AffinityOptions) (a *Affinity, err error) {
	a = &Affinity{}
	switch {
	case o.Cookie != nil:
		a.cookie = affinity.NewCookie(*o.Cookie)
	case len(o.Route) > 0:
		a.route, err = affinity.NewSources(o.Route)
	case o.Learn != nil:
		a.learn, err = newLearning(o.Learn)
	default:
		err = errors.New("affinity without a way to know a client's endpoint")
	}
	return a, err
}

// DefaultRoute is the route of an endpoint that was given none, which NGINX gives it
// too: cookies outlive a move from there.
func DefaultRoute(address string) string {
	sum := md5.Sum([]byte(address))
	return hex.EncodeToString(sum[:])
}

// seek says in w.ask which endpoint of a version the request is bound to.
func (u *Upstream) seek(x Exchange, w *worker, version int) {
	if u.Affinity != nil {
		u.Affinity.seek(x, w, u, version)
	}
}

func (a *Affinity) seek(x Exchange, w *worker, u *Upstream, version int) {
	switch {
	case a.cookie != nil:
		w.ask.Route = routeIn(a.cookie.Value(x), u.group(version))
	case a.learn != nil:
		w.route = a.learn.find(x, u, version, w.route[:0])
		w.ask.Route = w.route
	default:
		w.ask.Route = a.route.Value(x)
	}
}

// answered hears of an answer that goes to the client, before it does.
func (a *Affinity) answered(x Exchange, at *attempt) {
	if a.learn != nil {
		a.learn.hear(x, at)
	}
}

// appendCookie appends the line that binds the client to the attempt's endpoint, where
// it needs one.
func (a *Affinity) appendCookie(dst []byte, x Exchange, at *attempt) []byte {
	if a.cookie == nil {
		return dst
	}
	value := a.cookie.Value(x)
	if !a.cookie.Slides() && string(routeIn(value, at.group)) == at.called {
		return dst
	}
	dst = append(a.cookie.Begin(dst), at.called...)
	for v := range at.upstream.Versions {
		other := routeIn(value, at.upstream.group(v))
		if len(other) == 0 || at.group.HasRoute(other) {
			continue // what this version knows, it has just been told
		}
		dst = append(append(dst, affinity.Between), other...)
	}
	return a.cookie.End(dst, x.Scheme() == "https")
}

// mostRoutes is how many routes of a cookie are looked at: a client can send thousands.
const mostRoutes = 16

// routeIn is the first route in a cookie's value that is one of the group's.
func routeIn(value []byte, g *balancer.Group) []byte {
	for n := 0; n < mostRoutes && len(value) > 0; n++ {
		var route []byte
		if route, value = affinity.NextRoute(value); g.HasRoute(route) {
			return route
		}
	}
	return nil
}

func (u *Upstream) group(version int) *balancer.Group { return u.Split.Shares()[version].Group }

// ownLines are the fields that Weir adds to a final answer of the attempt.
func (x *exchange) ownLines(a *attempt) []byte {
	up := a.upstream
	if up.Affinity == nil && up.Sticky == nil && up.Wrote == nil {
		return nil
	}
	x.lines = x.lines[:0]
	if up.Affinity != nil {
		x.lines = up.Affinity.appendCookie(x.lines, x, a)
	}
	if up.Sticky != nil {
		x.lines = up.Sticky.appendCookie(x.lines, x, &a.w.user)
	}
	if up.Wrote != nil && a.w.ask.Write {
		x.lines = up.Wrote.appendCookie(x.lines, x)
	}
	return x.lines
}
