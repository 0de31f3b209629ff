package config

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// When is a condition on what a flag says for a request.
type When struct {
	Flag string   // its key
	Is   []string // variants, sorted: the flag must say one of them
}

const wantVariant = "the name of a variant"

// when reads an optional condition. Which flags and variants there are is known when
// their files have been read.
func when(dst **When, refs *references) func(value) {
	return func(v value) {
		w := &When{}
		ref := &flagReference{}
		variant := func(v value) {
			of := refer(v, wantVariant)
			w.Is = append(w.Is, of.name)
			ref.variants = append(ref.variants, of)
		}
		v.object(fields{
			"flag": need(wantFlag, func(v value) {
				ref.flag = refer(v, wantFlag)
				w.Flag = ref.flag.name
			}),
			"is": need(wantVariant+", or a list of these", func(v value) {
				w.Is = nil
				if v.node.Kind != yaml.SequenceNode {
					variant(v)
					return
				}
				once := unique{}
				v.list(wantVariant, 1, func(item value) {
					var name string
					once.check(&name, func(v value) {
						variant(v)
						name = w.Is[len(w.Is)-1]
					})(item)
				})
			}),
		})
		slices.Sort(w.Is)
		*dst = w
		if ref.flag != nil {
			refs.flags = append(refs.flags, ref)
		}
	}
}

// match is equal for two conditions that hold for the same requests.
func (w *When) match() string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("%q", []any{w.Flag, w.Is})
}

func (w *When) document() map[string]any { return map[string]any{"flag": w.Flag, "is": w.Is} }

// routeVersion is the version that a route leads to.
type routeVersion struct {
	ref   *reference
	route *Route
}

// checkWhens refuses flags where there are none, and versions that the routes' upstreams
// do not have.
func (r *reader) checkWhens(c *Config, refs *references) {
	if c.Flags == nil {
		for _, ref := range refs.flags {
			if !ref.flag.faulty {
				ref.flag.at.fail("%s: there are no flags: want their definitions in flags.files", Show(ref.flag.name))
			}
		}
	}
	for _, v := range refs.versions {
		for i := range c.Upstreams {
			if u := &c.Upstreams[i]; u.Name == v.route.Upstream && len(u.Versions) > 0 {
				v.ref.resolve(u.versionNames())
			}
		}
	}
	r.definitions, r.flagged = refs.definitions, refs.flags
}
