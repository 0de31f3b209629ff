package flag

import "fmt"

// Problem is one thing to fix in a file of definitions.
type Problem struct {
	File      string // as File.Name has it
	Path      string // place in the tree, like flags.new-checkout.targeting.if[0]; "" is the file as a whole
	Line, Col int    // of the value or, when it is missing, of what should hold it; both count from 1
	Msg       string // what was found and what is allowed
}

// String is the problem on one line: FILE:LINE:COL: path: what, what is allowed.
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Col, p.Path, p.Msg)
}

// What a file may have, so that no file is too much to read, or to decide by.
const (
	maxFile     = 8 << 20 // bytes
	maxDepth    = 64      // values within values
	maxFlags    = 10_000  // of all files
	maxProblems = 1000    // of a file: who has more has another problem
)
