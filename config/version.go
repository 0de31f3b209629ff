package config

// Version is one release of a service.
type Version struct {
	Name string
	// Weight is its part of the split: 0 or more, of any total. 0 is checked and
	// warm but takes no traffic. In a file that gives percentages the weights of
	// an upstream sum to 100. Omitted weights are already resolved.
	Weight    float64
	Endpoints []Endpoint // at least one, no address (with its service) twice
	// MaxConns is how many requests in flight the version can take, over all of its
	// endpoints. A rollout gives it no more, and neither does an outage of stable. 0, the
	// default: what its endpoints' own bounds come to, or no bound where one has none.
	MaxConns int
	// Schema is what it can run on; nil: what its endpoints announce.
	Schema *SchemaRange
}

// versions reads the versions of an upstream. Their weights come back as
// written, in the same order: what an omitted one means depends on stable; set and
// ranges get what depends on other keys.
func versions(dst *[]Version, weights *[]written, set *setBy, ranges *[]value) func(value) {
	return func(v value) {
		v.entries("a mapping of versions", 1, func(key string, at value) {
			at.checkName(key)
			ver := Version{Name: key}
			w := written{at: at}
			at.object(fields{
				"weight":    may(w.read),
				"endpoints": need("at least one endpoint", endpoints(&ver.Endpoints, set)),
				"schema": may(func(v value) {
					*ranges = append(*ranges, v)
					schemaRange(&ver.Schema)(v)
				}),
				"max_conns": may(integer(&ver.MaxConns, 0, most)),
			})
			*dst = append(*dst, ver)
			*weights = append(*weights, w)
		})
	}
}
