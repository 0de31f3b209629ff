package config

// document is the route in the shape of the file.
func (r *Route) document() any {
	doc := map[string]any{"host": r.Host, "path": r.documentPath(), "upstream": r.Upstream}
	if len(r.Methods) > 0 {
		doc["methods"] = r.Methods
	}
	for key, pairs := range map[string][]Pair{"headers": r.Headers, "query": r.Query, "cookies": r.Cookies} {
		if len(pairs) > 0 {
			doc[key] = documentPairs(pairs)
		}
	}
	return doc
}
