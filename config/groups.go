package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// Group is upstreams that one rollout can move together: every published split has
// all of them at the same share.
type Group struct {
	Name      string   // of no upstream
	Upstreams []string // names, two or more, each in one group only; the first one's plan is the group's
}

// groups reads the groups; refs gets the upstreams that they name.
func groups(dst *[]Group, refs *references) func(value) {
	return func(v value) {
		taken := unique{} // upstreams that are in a group
		v.entries("a mapping of groups", 1, func(key string, at value) {
			at.checkName(key)
			g := Group{Name: key}
			at.object(fields{"upstreams": need(wantMembers, func(v value) {
				v.list(wantUpstream, 1, func(item value) {
					ref := refer(item, wantUpstream)
					if ref.faulty {
						return
					}
					if first, ok := taken[ref.name]; ok {
						item.fail("%s: want it in one group and once, it is already on line %d", Show(ref.name), first.node.Line)
						return
					}
					taken[ref.name] = item
					refs.upstreams = append(refs.upstreams, ref)
					g.Upstreams = append(g.Upstreams, ref.name)
				})
				if len(v.node.Content) == 1 && v.node.Kind == yaml.SequenceNode {
					v.fail("one upstream, which moves alone anyway: want %s", wantMembers)
				}
			})})
			*dst = append(*dst, g)
		})
	}
}

const wantMembers = "two upstreams or more, the first the one whose plan is the group's"

// checkGroups finds groups that are called like an upstream: commands take the name of
// either.
func (r *reader) checkGroups(c *Config) {
	for _, g := range c.Groups {
		if !slices.ContainsFunc(c.Upstreams, func(u Upstream) bool { return u.Name == g.Name }) {
			continue
		}
		path := join("groups", g.Name)
		r.fail(path, r.places[path].line, r.places[path].col, Show(g.Name)+": want another name, an upstream has it")
	}
}

// Group is the group that the upstream is in; nil if it is in none.
func (c *Config) Group(upstream string) *Group {
	for i := range c.Groups {
		if slices.Contains(c.Groups[i].Upstreams, upstream) {
			return &c.Groups[i]
		}
	}
	return nil
}

// document is the group in the shape of the file.
func (g *Group) document() map[string]any {
	return map[string]any{"upstreams": list(g.Upstreams, func(s string) any { return s })}
}
