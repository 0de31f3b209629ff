package config

// document is the route in the shape of the file.
func (r *Route) document() any {
	doc := map[string]any{"host": r.Host, "path": r.documentPath()}
	if len(r.Listeners) > 0 {
		doc["listener"] = r.Listeners
	}
	if r.Scheme != "" {
		doc["scheme"] = r.Scheme
	}
	r.documentAnswer(doc)
	if r.Upstream != "" {
		doc["max_body"] = sizeText(r.MaxBody)
	}
	if len(r.Methods) > 0 {
		doc["methods"] = r.Methods
	}
	for key, pairs := range map[string][]Pair{"headers": r.Headers, "query": r.Query, "cookies": r.Cookies} {
		if len(pairs) > 0 {
			doc[key] = keyed(pairs, func(p Pair) (string, any) {
				if isSecretName(p.Name) && p.Value != "*" {
					return p.Name, hidden
				}
				return p.Name, p.Value
			})
		}
	}
	if r.When != nil {
		doc["when"] = r.When.document()
	}
	if r.Version != "" {
		doc["version"] = r.Version
	}
	switch w := &r.Rewrite; {
	case w.From != "" && w.To == "":
		doc["rewrite"] = map[string]any{"strip_prefix": w.From}
	case w.From != "":
		doc["rewrite"] = map[string]any{"replace_prefix": w.To}
	}
	if e := r.Rewrite.Request.document(); len(e) > 0 {
		doc["request_headers"] = e
	}
	if e := r.Rewrite.Response.document(); len(e) > 0 {
		doc["response_headers"] = e
	}
	return doc
}
