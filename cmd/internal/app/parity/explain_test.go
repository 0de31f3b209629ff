//go:build !race

package parity

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// everywhere are the differences that are not of any one case. Several cases use
// them at a time.
type everywhere struct {
	mu    sync.Mutex
	known []*known
}

// readEverywhere reads testdata/everywhere, which has lines as scripts have them.
func readEverywhere() (*everywhere, error) {
	const file = "testdata/everywhere"
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := readScript(strings.Split(string(text), "\n"), 0)
	if err == nil && len(s.steps) > 0 {
		err = fmt.Errorf("want nothing but differences")
	}
	return &everywhere{known: s.known}, err
}

// covers reports whether the difference is one of them.
func (e *everywhere) covers(d difference) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return use(e.known, d)
}

// use finds the first that covers the difference, and marks it as one that occurs.
func use(all []*known, d difference) bool {
	for _, k := range all {
		if k.covers(d) {
			k.used = true
			return true
		}
	}
	return false
}

// result is what became of a case: of its requests so many are equal, but for what
// differs everywhere, and so many differ as it is explained.
type result struct {
	trial                      *trial
	requests, equal, explained int
	note                       string // instead of numbers
}

// judge sorts the differences into those that are known and those that fail the
// test.
func (c *trial) judge(t *testing.T, all [][]difference, e *everywhere) result {
	t.Helper()
	r := result{trial: c, requests: len(all)}
	i := 0
	for _, st := range c.script.steps {
		if st.shots == nil {
			continue
		}
		for range st.shots.count {
			explained, open := false, false
			for _, d := range all[i] {
				switch {
				case use(st.shots.known, d), use(c.script.known, d):
					explained = true
				case !e.covers(d):
					open = true
					t.Error(d)
				}
			}
			switch {
			case open:
			case explained:
				r.explained++
			default:
				r.equal++
			}
			i++
		}
	}
	for _, k := range c.known() {
		if !k.used {
			t.Errorf("%s: %s does not differ as it says any more: take the line out, and its reason from the docs", k.where, k.field)
		}
	}
	return r
}

// known are all differences that the case has a reason for.
func (c *trial) known() []*known {
	all := append([]*known(nil), c.script.known...)
	for _, st := range c.script.steps {
		if st.shots != nil {
			all = append(all, st.shots.known...)
		}
	}
	return all
}
