package rehearse

import (
	"fmt"
	"strconv"
	"strings"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control"
)

// source is where the plan comes from: an upstream and its candidate.
type source struct {
	upstream  *config.Upstream
	candidate *config.Version
}

func (o *Options) source() (source, error) {
	if o.File == "" {
		c, err := config.Parse("steps", []byte(o.document()))
		if err != nil {
			return source{}, fmt.Errorf("BUG: %w", err) // Check has let nothing else pass
		}
		return source{&c.Upstreams[0], &c.Upstreams[0].Versions[1]}, nil
	}
	c, err := config.Load(o.File)
	if err != nil {
		return source{}, err
	}
	for i := range c.Upstreams {
		if u := &c.Upstreams[i]; u.Name == o.Upstream {
			return o.candidate(u)
		}
	}
	return source{}, fmt.Errorf("%s: no upstream %s", o.File, config.Show(o.Upstream))
}

func (o *Options) candidate(u *config.Upstream) (source, error) {
	var others []string
	found := source{upstream: u}
	for i := range u.Versions {
		v := &u.Versions[i]
		if v.Name == u.Stable {
			continue
		}
		others = append(others, v.Name)
		if o.To == "" || o.To == v.Name {
			found.candidate = v
		}
	}
	switch {
	case len(others) == 0:
		return source{}, fmt.Errorf("%s: upstream %s: no version but the stable one", o.File, u.Name)
	case o.To == "" && len(others) > 1:
		return source{}, fmt.Errorf("%s: upstream %s: want --to with one of %s", o.File, u.Name, strings.Join(others, ", "))
	case found.candidate == nil:
		return source{}, fmt.Errorf("%s: upstream %s: no candidate %s: want one of %s", o.File, u.Name, config.Show(o.To), strings.Join(others, ", "))
	case len(u.Rollout.Steps) == 0 && u.Rollout.Strategy == "canary":
		return source{}, fmt.Errorf("%s: upstream %s: rollout.steps: none in the file; a rollout needs at least one", o.File, u.Name)
	}
	return found, nil
}

// document is a file that says nothing but the steps: what else holds are the
// defaults of files.
func (o *Options) document() string {
	var b strings.Builder
	for i, s := range o.Steps {
		if i < len(o.Steps)-1 || s < 100 {
			fmt.Fprintf(&b, "{weight: %s%%, hold: %s}, ", strconv.FormatFloat(s, 'f', -1, 64), o.Hold) // files have no exponents
		}
	}
	return fmt.Sprintf(`
listeners: [{name: web, address: "127.0.0.1:1"}]
upstreams:
  steps:
    stable: v1
    versions:
      v1: {endpoints: ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]}
      v2: {weight: 0, endpoints: ["127.0.0.1:4", "127.0.0.1:5", "127.0.0.1:6"]}
    rollout: {steps: [%s{weight: 100%%}], bake: %s}
routes: [{upstream: steps}]
`, b.String(), o.Bake)
}

// plan is the file's. Batches are rehearsed as the shares that they come to: endpoints
// that come and go are not made up.
func (s source) plan() rollout.Plan {
	p := control.FilePlan(s.upstream, s.candidate.Name)
	return p.Batched()
}
