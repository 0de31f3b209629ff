package control

import (
	"maps"

	"weir/config"
	"weir/proxy"
)

// world is everything in one generation. It is immutable; the writer replaces
// it, anybody may read it.
type world struct {
	generation uint64
	config     *config.Config
	upstreams  map[string]*upstream // every upstream of config, by name
	snapshot   *proxy.Snapshot
	keys       *keys
}

// with returns the next generation, in which u replaces the upstream of its name.
func (w *world) with(u *upstream) (*world, error) {
	ups := maps.Clone(w.upstreams)
	ups[u.name()] = u
	return newWorld(w.generation+1, w.config, ups, w.keys)
}

func newWorld(generation uint64, cfg *config.Config, upstreams map[string]*upstream, k *keys) (*world, error) {
	s, err := snapshot(generation, cfg, upstreams)
	if err != nil {
		return nil, err
	}
	return &world{generation: generation, config: cfg, upstreams: upstreams, snapshot: s, keys: k}, nil
}

// secure says to all endpoints how they are spoken to, before requests can come to
// them.
func (w *world) secure() {
	w.ordered(func(u *upstream) {
		for _, v := range u.versions {
			for _, e := range v.proxied {
				e.Secure(w.keys.of(u.name()))
			}
		}
	})
}

// ordered calls f for every upstream in the order of the file.
func (w *world) ordered(f func(*upstream)) {
	for i := range w.config.Upstreams {
		f(w.upstreams[w.config.Upstreams[i].Name])
	}
}
