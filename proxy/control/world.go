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
	flags      *flags // nil: there are none
	keys       *keys
}

// with returns the next generation, in which these replace the upstreams of their names.
func (w *world) with(next ...*upstream) (*world, error) {
	ups := maps.Clone(w.upstreams)
	for _, u := range next {
		ups[u.name()] = u
	}
	return newWorld(w.generation+1, w.config, ups, w.flags, w.keys)
}

// withFlags returns the next generation, with other flags.
func (w *world) withFlags(f *flags) (*world, error) {
	return newWorld(w.generation+1, w.config, w.upstreams, f, w.keys)
}

func newWorld(generation uint64, cfg *config.Config, upstreams map[string]*upstream, f *flags, k *keys) (*world, error) {
	s, err := snapshot(generation, cfg, upstreams, f)
	if err != nil {
		return nil, err
	}
	return &world{generation: generation, config: cfg, upstreams: upstreams, flags: f, snapshot: s, keys: k}, nil
}

// instruct says to all endpoints how they are spoken to and which connections are
// kept, before requests can come to them.
func (w *world) instruct() {
	w.ordered(func(u *upstream) {
		keep := keeping(&u.config.Keepalive)
		for _, v := range u.versions {
			for _, e := range v.proxied {
				e.Secure(w.keys.of(u.name()))
				e.Keep(keep)
			}
		}
	})
}

// keeping is the file's keepalive as endpoints have it, where 0 is a default.
func keeping(k *config.Keepalive) proxy.EndpointOptions {
	o := proxy.EndpointOptions{IdleTimeout: k.Timeout, MaxIdle: k.Idle, MaxRequests: k.Requests, MaxAge: k.Time}
	if o.MaxIdle == 0 {
		o.MaxIdle = -1
	}
	return o
}

// ordered calls f for every upstream in the order of the file.
func (w *world) ordered(f func(*upstream)) {
	for i := range w.config.Upstreams {
		f(w.upstreams[w.config.Upstreams[i].Name])
	}
}
