package proxy

import (
	"fmt"
	"slices"

	"weir/proxy/internal/routing"
)

// Route says which requests it takes, and where they go. Of the routes that take a
// request the most specific one gets it: see routing.Table.
type Route struct {
	Match

	// One of them is set.
	Upstream *Upstream
	Redirect *Redirect
	Respond  *Respond

	// Version is that of the upstream which the requests go to as long as it can take
	// any, whatever the split says; they are compared with no others. "": as the split says.
	Version string

	Rewrite Rewrite
	MaxBody int64 // bytes of a request's body, without framing; more is 413. 0: no bound
}

type (
	// Match says which requests a route takes.
	Match = routing.Match
	// PathKind is how a route's path is compared.
	PathKind = routing.PathKind
	// Pair is a name and the value that it must have: exactly that, or any for "*".
	Pair = routing.Pair
)

// The kinds of paths. The zero value is Prefix.
const (
	Prefix = routing.Prefix // the path, or one that goes on behind it with "/"
	Exact  = routing.Exact  // the path
	Regex  = routing.Regex  // an expression (RE2) that matches somewhere in the path
)

// route is a Route made ready: what a request finds.
type route struct {
	name     string    // for the access log
	upstream *Upstream // nil where own is not
	pinned   string    // version of the upstream; "": as the split says
	of       *Snapshot // that has it
	own      *reply    // the route's own answer
	maxBody  int64     // bytes of a request's body; 0: no bound
	rewrite
}

// compile makes the route ready.
func (r *Route) compile(name string, f *Flags) (route, error) {
	changes, err := r.Rewrite.compile()
	if err != nil {
		return route{}, fmt.Errorf("route %s: %w", name, err)
	}
	if r.Version != "" && (r.Upstream == nil || !slices.ContainsFunc(r.Upstream.Versions, func(v *Version) bool { return v.Name == r.Version })) {
		return route{}, fmt.Errorf("route %s: no version %s", name, r.Version)
	}
	if f != nil {
		changes.request = changes.request.WithFlags(len(f.baggage) > 0)
	}
	own, err := r.answer(changes.response)
	if err != nil {
		return route{}, fmt.Errorf("route %s: %w", name, err)
	}
	return route{name: name, upstream: r.Upstream, pinned: r.Version, maxBody: r.MaxBody, own: own, rewrite: changes}, nil
}

// routes finds the route of a request.
type routes struct {
	table *routing.Table
	ready []route // by the table's places
}

func newRoutes(in []Route, f *Flags) (out routes, err error) {
	matches := make([]routing.Match, len(in))
	out.ready = make([]route, len(in))
	for i := range in {
		matches[i] = in[i].Match
		if when := matches[i].When; when != nil {
			if matches[i].When, err = f.check(when); err != nil {
				return routes{}, fmt.Errorf("route %s: %w", matches[i].Name(), err)
			}
		}
		if out.ready[i], err = in[i].compile(matches[i].Name(), f); err != nil {
			return routes{}, err
		}
	}
	if out.table, err = routing.NewTable(matches); err != nil {
		return routes{}, err
	}
	return out, nil
}

// find returns the route that takes the request, or nil.
func (r *routes) find(x routing.Request) *route {
	if at := r.table.Find(x); at >= 0 {
		return &r.ready[at]
	}
	return nil
}
