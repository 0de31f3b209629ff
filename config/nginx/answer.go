package nginx

import (
	"slices"
	"strconv"
	"strings"
)

// answer is where a route leads.
type answer struct {
	d *Directive // what says so

	upstream string
	from, to string // the beginning of the path is replaced; from "" replaces nothing
	request  edits
	maxBody  int64

	redirect string // Location
	respond  bool
	status   int // of a redirect or of an own answer
	body     string
	mime     string

	response edits
}

// outcome is an answer and the requests that get it.
type outcome struct {
	when   condition
	answer answer
}

// edits are changes of headers.
type edits struct {
	set, append [][2]string
	remove      []string
}

// put sets a header in a list of them; false when it was there already.
func put(list *[][2]string, name, value string) bool {
	for i := range *list {
		if strings.EqualFold((*list)[i][0], name) {
			(*list)[i][1] = value
			return false
		}
	}
	*list = append(*list, [2]string{name, value})
	return true
}

// drop has a header removed, unless that is said already.
func (e *edits) drop(name string) {
	if !slices.ContainsFunc(e.remove, func(s string) bool { return strings.EqualFold(s, name) }) {
		e.remove = append(e.remove, name)
	}
}

func (e edits) write() *mapping {
	m := &mapping{}
	for _, part := range []struct {
		key  string
		list [][2]string
	}{{"set", e.set}, {"append", e.append}} {
		inner := &mapping{}
		for _, h := range part.list {
			inner.set(h[0], h[1])
		}
		m.set(part.key, inner)
	}
	m.set("remove", strList(e.remove))
	return m
}

// status answers with a status and the headers of a scope.
func (im *importer) status(s *scope, d *Directive, status int) answer {
	return answer{d: d, respond: true, status: status, response: im.responseEdits(s, status)}
}

// returned is the answer of a return.
func (im *importer) returned(d *Directive, s *scope, vars variables, serverName string) answer {
	words := d.Args
	code, err := strconv.Atoi(words[0].Text)
	isURL := len(words) == 1 && err != nil
	if isURL {
		code = 302
	} else {
		if err != nil || code < 0 || code > 999 {
			im.fault(d, "%q: want a status", words[0].Text)
		}
		words = words[1:]
	}
	im.say.honour(d)
	out := answer{d: d, status: code, response: im.responseEdits(s, code)}
	if slices.Contains([]int{301, 302, 303, 307, 308}, code) && len(words) == 1 {
		out.redirect = im.location(d, words[0].Text, vars, serverName)
		return out
	}
	out.respond = true
	switch {
	case code == 444:
		im.say.approximate(d, "the connection is not closed without a word: the answer is 444")
	case code < 200 || code > 599 || code/100 == 3:
		im.say.refuseRouting(d, "want a status from 200 to 599, and a redirect with its Location")
	}
	if len(words) == 1 {
		out.body = im.constantText(d, words[0].Text, vars, serverName)
		out.mime = "text/plain"
		if t := s.find("default_type"); t != nil {
			im.say.honour(t)
			out.mime = t.Arg(0)
		}
		if (code == 204 || code == 205) && out.body != "" {
			out.body = ""
		}
	}
	return out
}

// resolve is a text with all variables replaced that have one value; serverName is
// the server's.
func (im *importer) resolve(raw string, vars variables, serverName string) (text, string) {
	choices, err := vars.expand(parseVariables(raw))
	if err != nil {
		return nil, err.Error()
	}
	if len(choices) != 1 || len(choices[0].shares) != 1 {
		return nil, "a value that depends on the request"
	}
	t := choices[0].shares[0].value
	var out []text
	for _, p := range t {
		if p.Variable == "server_name" && serverName != "" {
			p = piece{Text: serverName}
		}
		out = append(out, text{p})
	}
	return concat(out...), ""
}

// location is the Location of a redirect.
func (im *importer) location(d *Directive, raw string, vars variables, serverName string) string {
	t, why := im.resolve(raw, vars, serverName)
	if why == "" {
		out, slight, ok := translate(t, ownVariables)
		if ok {
			if slight != "" {
				im.say.approximate(d, slight)
			}
			return out
		}
		why = slight
	}
	im.say.refuseRouting(d, why)
	return "/"
}

// constantText is the body of an answer.
func (im *importer) constantText(d *Directive, raw string, vars variables, serverName string) string {
	t, why := im.resolve(raw, vars, serverName)
	if why == "" {
		s, ok := t.constant()
		switch {
		case ok && !strings.Contains(s, "${"):
			return s
		case ok:
			why = "${ means the environment here"
		default:
			why = "an answer's text is fixed: want it without variables"
		}
	}
	im.say.refuseRouting(d, why)
	return ""
}
