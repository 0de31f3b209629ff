package config

import (
	"cmp"
	"strings"
)

// Config is one checked file. Everything in it is within its bounds and every
// default is filled in; nobody changes it after Load.
type Config struct {
	File      string     // the file it was read from, absolute
	Listeners []Listener // at least one, in file order
	Clients   Clients
	AccessLog *AccessLog // nil: there is none
	Tracing   *Tracing   // nil: no spans are sent
	Trace     bool       // requests without a valid traceparent get one. Default true
	Admin     Admin
	Resolver  Resolver
	History   History
	State     string     // directory of the state store, absolute; "" keeps state in memory
	Upstreams []Upstream // at least one, in file order
	Groups    []Group    // in file order. Default none
	Notify    []Notify   // in file order. Default none
	Flags     *Flags     // nil: there are none
	Routes    []Route    // at least one, in file order; no two take the same requests

	places places
}

// places is where keys stand, by path. Items of lists have none.
type places struct {
	file string // as it was given to Load
	at   map[string]place
}

type place struct{ line, col int }

// Problem is a fault of a file that is well formed, found by whoever applies it:
// path is the keys that lead to what is at fault, [N] for an item of a list. It stands at the innermost part
// of the path that the file has, as for a key that is missing.
func (c *Config) Problem(msg string, path ...string) Problem {
	p := Problem{File: cmp.Or(c.places.file, c.File), Line: 1, Col: 1, Msg: msg}
	for _, key := range path {
		if strings.HasPrefix(key, "[") {
			p.Path += key // an item of a list
		} else {
			p.Path = join(p.Path, key)
		}
		if here, ok := c.places.at[p.Path]; ok {
			p.Line, p.Col = here.line, here.col
		}
	}
	return p
}
