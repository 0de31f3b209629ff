// Package show is what the command line and the demo have in common when they
// print: how a state is told in a sentence, and whether a terminal reads it.
//
// It must not know where the words come from.
package show

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
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
