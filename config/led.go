package config

import (
	"cmp"
	"slices"
)

// Led is a version of an upstream that a flag leads to: routes do, whatever the split says.
type Led struct{ Version, Flag string }

// lead tells upstreams which of their versions routes lead to.
func (c *Config) lead() {
	for i := range c.Routes {
		r := &c.Routes[i]
		at := slices.IndexFunc(c.Upstreams, func(u Upstream) bool { return u.Name == r.Upstream })
		if r.Version == "" || r.When == nil || at < 0 {
			continue
		}
		u := &c.Upstreams[at]
		u.Led = append(u.Led, Led{r.Version, r.When.Flag})
	}
	for i := range c.Upstreams {
		u := &c.Upstreams[i]
		slices.SortFunc(u.Led, func(a, b Led) int { return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Flag, b.Flag)) })
		u.Led = slices.Compact(u.Led)
	}
}
