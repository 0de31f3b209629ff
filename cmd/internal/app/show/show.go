// Package show is what the command line and the demo have in common when they
// print: how a state is told in a sentence, and whether a terminal reads it.
//
// It must not know where the words come from.
package show

import (
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"weir/config"
)

// Sentence puts a state and its reason into one sentence. Many reasons begin with
// the state.
func Sentence(state, reason string) string {
	switch {
	case reason == "":
		return state
	case strings.HasPrefix(reason, state):
		return reason
	}
	return state + ": " + reason
}

// IsTerminal reports whether w shows escape codes.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Duration is d as a file has it, without units that are zero: 5m, not 5m0s.
func Duration(d time.Duration) string { return config.ShowDuration(d) }

// Nearest is the one of names that name is a spelling mistake of, "" when none is near
// enough.
func Nearest(name string, names []string) string { return config.Nearest(name, names) }
