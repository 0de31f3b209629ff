package config

import (
	"fmt"
	"strings"
)

// Problem is one thing to fix in the file.
type Problem struct {
	File      string // as it was given to Load
	Path      string // place in the tree, like upstreams.api.versions.v1.weight; "" is the file as a whole
	Line, Col int    // of the value or, when it is missing, of what should hold it; both count from 1
	Msg       string // what was found and what is allowed: "-5: want 0 or more"
}

// String is the problem on one line: FILE:LINE:COL: path: what, what is allowed.
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Col, p.Path, p.Msg)
}

// Invalid is the error of Load and Parse for a file that could be read but not
// used.
type Invalid struct {
	File     string    // as it was given to Load
	Problems []Problem // all of them up to 1000, at least one, in file order
	Files    []string  // that the file names, as far as it could be read: one of them may be at fault
}

// Error is every problem, one a line.
func (e *Invalid) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
