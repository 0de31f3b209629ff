//go:build !race

package parity

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// difference is something that is not the same behind both proxies.
type difference struct {
	line, request      int // of the script; counted from 1 among those of its line, 0 for all of them
	text               string
	field, nginx, weir string
}

func (d difference) String() string {
	return fmt.Sprintf("line %d, request %d (%s): %s: nginx %q, weir %q", d.line, d.request, d.text, d.field, d.nginx, d.weir)
}

// absent is the value of a field that is not there.
const absent = "-"

// compare lists what differs, request by request; those of a line that is compared
// by its shares have one list for all, at its first.
func (s *script) compare(nginx, weir []seen) [][]difference {
	all := make([][]difference, len(nginx))
	i := 0
	for _, st := range s.steps {
		r := st.shots
		if r == nil {
			continue
		}
		a, b := nginx[i:i+r.count], weir[i:i+r.count]
		if r.share || r.within >= 0 {
			if d, differs := r.compareShares(a, b); differs {
				d.line = st.line
				all[i] = append(all[i], d)
			}
			i += r.count
			continue
		}
		for n := range r.count {
			x, y := a[n].fields(s.conns), b[n].fields(s.conns)
			for _, f := range union(x, y) {
				if v, w := or(x[f]), or(y[f]); v != w {
					all[i] = append(all[i], difference{st.line, n + 1, r.text, f, v, w})
				}
			}
			i++
		}
	}
	return all
}

// fields are all that is compared of one request.
func (s *seen) fields(conns bool) map[string]string {
	a := s.answer
	f := map[string]string{
		"status": fmt.Sprint(a.status),
		"from":   a.header.Get("X-Backend"),
	}
	var tried []string
	for _, x := range s.sights {
		tried = append(tried, x.backend)
	}
	f["tried"] = strings.Join(tried, " ")
	if n := len(s.sights); n > 0 {
		last := s.sights[n-1]
		f["request"], f["version"], f["got.body"], f["got.host"] = last.line, last.version, last.body, last.host
		if conns {
			f["conns"] = map[bool]string{true: "new", false: "kept"}[last.fresh]
		}
		put(f, "got.", last.header, idField)
	}
	own := f["from"] == ""
	if !own || a.status/100 == 2 {
		f["body"] = a.body
		put(f, "answer.", a.header, "X-Backend", "Connection", "Keep-Alive")
	} else { // its text is the proxy's own
		put(f, "answer.", a.header, "Content-Type", "Content-Length", "Connection", "Keep-Alive")
	}
	if date, err := http.ParseTime(f["answer.date"]); err == nil && a.at.Sub(date).Abs() < time.Minute {
		f["answer.date"] = "now"
	}
	return f
}

// put adds a head's fields, but for some.
func put(to map[string]string, prefix string, head http.Header, but ...string) {
	for name, values := range head {
		if !slices.Contains(but, name) {
			to[prefix+strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
}

// compareShares compares how many requests each backend got.
func (r *shots) compareShares(nginx, weir []seen) (difference, bool) {
	x, y := shares(nginx), shares(weir)
	for _, who := range union(x, y) {
		bound := float64(r.within)
		if r.share { // five standard deviations of the difference of two samples
			p := float64(x[who]+y[who]) / float64(2*r.count)
			bound = 1 + 5*math.Sqrt(2*float64(r.count)*p*(1-p))
		}
		if math.Abs(float64(x[who]-y[who])) > bound {
			return difference{text: r.text, field: "share", nginx: list(x), weir: list(y)}, true
		}
	}
	return difference{}, false
}

// shares counts requests by the backend that answered them or, if none did, by the
// status, and attempts by the backend that saw them.
func shares(all []seen) map[string]int {
	counts := map[string]int{}
	for _, s := range all {
		who := s.answer.header.Get("X-Backend")
		if who == "" {
			who = fmt.Sprint(s.answer.status)
		}
		counts[who]++
		for _, x := range s.sights {
			counts["saw "+x.backend]++
		}
	}
	return counts
}

func list(counts map[string]int) string {
	var words []string
	for _, who := range union(counts, nil) {
		words = append(words, fmt.Sprintf("%s: %d", who, counts[who]))
	}
	return strings.Join(words, ", ")
}

// union are the keys of both, sorted.
func union[V any](a, b map[string]V) []string {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

func or(value string) string {
	if value == "" {
		return absent
	}
	return value
}
