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
}

// with returns the next generation, in which u replaces the upstream of its name.
func (w *world) with(u *upstream) (*world, error) {
	ups := maps.Clone(w.upstreams)
	ups[u.name()] = u
	return newWorld(w.generation+1, w.config, ups)
}

func newWorld(generation uint64, cfg *config.Config, upstreams map[string]*upstream) (*world, error) {
	s, err := snapshot(generation, cfg, upstreams)
	if err != nil {
		return nil, err
	}
	return &world{generation: generation, config: cfg, upstreams: upstreams, snapshot: s}, nil
}

// ordered calls f for every upstream in the order of the file.
func (w *world) ordered(f func(*upstream)) {
	for i := range w.config.Upstreams {
		f(w.upstreams[w.config.Upstreams[i].Name])
	}
}
