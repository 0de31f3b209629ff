package config

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// said is what keys.txt says of a key.
type said struct {
	order    int    // from 1; 0: it says nothing
	since    string // the version that brought it
	standard string // its default in words; "" is what its reader knows
	sentence string // what it is for
	like     string // the mapping whose keys it has, too; "": it has its own
	twin     bool   // it is one of those keys
}

// firstVersion is the one of keys that say nothing else.
const firstVersion = "0.1"

var (
	keyLine  = regexp.MustCompile(`^(\S+)(?: @(\S+))?(?: \((.+?)\))?: (\S.*)$`)
	likeLine = regexp.MustCompile(`^(\S+) = (\S+)$`)
)

// describedKeys is what the readers take, with what keys.txt says of it. Nobody changes it.
func describedKeys(t testing.TB) *surveyed {
	t.Helper()
	root, faults := describe()
	for _, f := range faults {
		t.Error(f)
	}
	return root
}

// describe finds also what is in one of both alone.
var describe = sync.OnceValues(func() (root *surveyed, faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	root = surveyKeys()
	at := map[string]*surveyed{}
	root.all(func(s *surveyed) { at[s.path] = s })
	likes := map[string]string{}
	text, err := os.ReadFile("keys.txt")
	if err != nil {
		fault("%v", err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if m := likeLine.FindStringSubmatch(line); m != nil {
			likes[m[1]] = m[2]
			continue
		}
		m := keyLine.FindStringSubmatch(line)
		if m == nil {
			fault("keys.txt:%d: %s: want PATH [@SINCE] [(DEFAULT)]: SENTENCE", i+1, line)
			continue
		}
		here := at[m[1]]
		if here == nil || here.said.order != 0 {
			fault("keys.txt:%d: %s: want a key that is read, once", i+1, m[1])
			continue
		}
		here.said = said{order: i + 1, since: cmp.Or(m[2], firstVersion), standard: m[3], sentence: m[4]}
	}
	root.all(func(s *surveyed) {
		if other, ok := twin(s.path, likes); ok && s.said.order == 0 && at[other] != nil {
			s.said = at[other].said
			s.said.twin = true
		}
		s.said.like = likes[s.path]
		if s.isKey() && s.said.order == 0 {
			fault("%s is read: want a line for it in config/keys.txt (%s)", s.path, "PATH: SENTENCE; then WEIR_DOCS=write go test ./config")
		}
	})
	return root, faults
})

// twin is the path that this one is described by.
func twin(path string, likes map[string]string) (string, bool) {
	out := path
	for range likes { // one may lead to another
		for from, to := range likes {
			if below, ok := strings.CutPrefix(out, from); ok && below != "" && strings.ContainsAny(below[:1], ".[") {
				out = to + below
			}
		}
	}
	return out, out != path
}

// isKey is whether it is a key of a mapping, and no item nor a name of the operator's.
func (s *surveyed) isKey() bool {
	return s.path != "" && !strings.HasSuffix(s.path, "]") && !strings.HasSuffix(s.path, "*")
}

// Every key is described, and has a default or words for it where none of the readers
// knows one.
func TestKeysAreDescribed(t *testing.T) {
	describedKeys(t).all(func(s *surveyed) {
		switch {
		case s.keys == nil && s.each == nil && s.items == nil && len(s.scalars) == 0:
			t.Errorf("%s: nothing is known of what it takes", s.path)
		case !s.isKey():
		case s.said.standard == "" && s.standard == nil && !s.needed && s.keys == nil:
			t.Errorf("%s: want its default in keys.txt, in (), or (none)", s.path)
		case s.said.standard != "" && s.needed:
			t.Errorf("%s: has a default in keys.txt, and must be written", s.path)
		case !strings.HasSuffix(s.said.sentence, ".") && !strings.HasSuffix(s.said.sentence, "; or") && !strings.ContainsAny(s.said.sentence[len(s.said.sentence)-1:], ",;"):
			t.Errorf("%s: %q: want a sentence", s.path, s.said.sentence)
		}
	})
}
