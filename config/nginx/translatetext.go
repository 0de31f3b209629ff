package nginx

import (
	"slices"
	"strings"
)

// The variables of the texts that are written, beside $header_X, $cookie_X and
// $query_X: those of every request, and those of one that is passed on.
var (
	ownVariables     = []string{"client", "host", "method", "path", "query", "scheme", "search", "target"}
	attemptVariables = append([]string{"endpoint", "upstream"}, ownVariables...)
)

// same are the variables that are the same in Weir.
var same = map[string]string{
	"remote_addr": "client", "binary_remote_addr": "client", "host": "host", "http_host": "host",
	"request_method": "method", "uri": "path", "document_uri": "path", "scheme": "scheme", "request_uri": "target",
	"args": "query", "query_string": "query", "is_args_args": "search", "upstream_addr": "endpoint",
}

// slightly says how some of them differ.
var slightly = map[string]string{
	"uri":          "the path is as it was sent, not decoded",
	"document_uri": "the path is as it was sent, not decoded",
	"http_host":    "$host is without its port, in lower case",
}

// plainText is a value of NGINX as a text of Weir. why says how it differs, or with
// ok false why it cannot be said.
func (im *importer) plainText(s string, known []string) (out, why string, ok bool) {
	return translate(parseVariables(s), known)
}

// translate is a text of NGINX, its own variables already replaced, as one of Weir.
func translate(t text, known []string) (out, why string, ok bool) {
	t = joined(t)
	var b strings.Builder
	for i, p := range t {
		if p.Variable == "" {
			b.WriteString(strings.ReplaceAll(p.Text, "$", "$$"))
			continue
		}
		name := weirVariable(p.Variable, known)
		if name == "" {
			return "", "$" + p.Variable + " is not known here", false
		}
		if i+1 < len(t) && goesOn(name, t[i+1]) {
			return "", "$" + p.Variable + " is not known with letters behind it", false
		}
		b.WriteString("$" + name)
		if slightly[p.Variable] != "" {
			why = slightly[p.Variable]
		}
	}
	out = b.String()
	if strings.Contains(out, "${") {
		return "", "${ means the environment here", false
	}
	return out, why, true
}

// goesOn reports whether a text behind a variable would be read as more of its name.
func goesOn(name string, next piece) bool {
	if strings.Contains(name, "_") { // the name of a header may have dashes
		next.Text = strings.TrimPrefix(next.Text, "-")
	}
	return next.Variable == "" && nameLength(next.Text) > 0
}

// joined is t with what stands in pieces for a whole target, the path with the query
// behind it, or for the query with its "?", as one.
func joined(t text) text {
	var out text
	for i := 0; i < len(t); i++ {
		if t[i].Variable == "uri" && i+2 < len(t) && t[i+1].Variable == "is_args" && t[i+2].Variable == "args" {
			out = append(out, piece{Variable: "request_uri"})
			i += 2
			continue
		}
		if t[i].Variable == "is_args" && i+1 < len(t) && (t[i+1].Variable == "args" || t[i+1].Variable == "query_string") {
			out = append(out, piece{Variable: "is_args_args"})
			i++
			continue
		}
		out = append(out, t[i])
	}
	return out
}

// weirVariable is Weir's name of a variable, "" where it has none.
func weirVariable(name string, known []string) string {
	if own := same[name]; own != "" {
		if slices.Contains(known, own) {
			return own
		}
		return ""
	}
	for prefix, own := range map[string]string{"http_": "header_", "cookie_": "cookie_", "arg_": "query_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			if prefix == "http_" {
				rest = strings.ReplaceAll(rest, "_", "-")
			}
			return own + rest
		}
	}
	return ""
}
