package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// references are the names that stand for something elsewhere in the file, or in the
// files of flags, to be checked when all of that is known.
type references struct {
	upstreams, listeners []*reference
	definitions          []value // files of flags
	ofrep                value   // its address
	flags                []*flagReference
	versions             []routeVersion
}

const wantListener = "the name of a listener"

// readListeners reads the name of a listener, or a list of them.
func (r *Route) readListeners(refs *references) func(value) {
	once := unique{}
	read := func(v value) {
		var name string
		once.check(&name, func(v value) {
			ref := refer(v, wantListener)
			name = ref.name
			refs.listeners = append(refs.listeners, ref)
		})(v)
		r.Listeners = append(r.Listeners, name)
	}
	return func(v value) {
		if v.node.Kind == yaml.SequenceNode {
			v.list(wantListener, 1, read)
		} else {
			read(v)
		}
		slices.Sort(r.Listeners)
	}
}

// matches are as many as the listeners of the route: two routes that take the same
// requests have one in common.
func (r *Route) matches() []string {
	if len(r.Listeners) == 0 {
		return []string{r.match()}
	}
	var out []string
	for _, l := range r.Listeners {
		out = append(out, l+" "+r.match())
	}
	return out
}

// overTLS says that a listener of the route speaks TLS.
func (r *Route) overTLS(all []Listener) bool {
	return slices.ContainsFunc(all, func(l Listener) bool {
		return l.TLS != nil && (len(r.Listeners) == 0 || slices.Contains(r.Listeners, l.Name))
	})
}
