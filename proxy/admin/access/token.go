package access

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/proxy/admin/api"
)

// Token is one line of a file of tokens. The token itself is not kept.
type Token struct {
	Role api.Role
	Name string // the author of what is done with it; "": the line has none
	Line int    // from 1

	hash [sha256.Size]byte
}

// The bounds of a token and of its name, in bytes. A token that a computer made has
// more than the least; what is shorter can be guessed even at the pace that a Limiter
// allows.
const (
	MinToken = 8
	MaxToken = 256
	MaxName  = 64
)

// weak is how many bytes a token needs so that nobody guesses it.
const weak = 16

// sendable is what can be said in an Authorization header as it is (b64token of
// RFC 6750 section 2.1), and so has no colon.
var sendable = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// Parse reads lines of role:token or role:token:name; empty ones and those that begin
// with # say nothing. The error has one line per fault, FILE:LINE: what, what is
// allowed, and never a token. warnings are of lines that can be used and should not be.
func Parse(file string, data []byte) (tokens []Token, warnings []string, err error) {
	l, err := parse(file, data)
	if err != nil {
		return nil, nil, err
	}
	return l.Tokens, l.Warnings, nil
}

// parse is Parse that also returns what there is beside faults.
func parse(file string, data []byte) (l Loaded, err error) {
	var faults []string
	l.doubtful = map[[sha256.Size]byte]bool{}
	first := map[[sha256.Size]byte]int{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		role, token, name, fault := split(line)
		t := Token{Role: role, Name: name, Line: n, hash: sha256.Sum256([]byte(token))}
		if earlier := first[t.hash]; fault == "" && earlier > 0 {
			fault = fmt.Sprintf("the token of line %d again: want another one", earlier)
		}
		if fault != "" {
			faults = append(faults, fmt.Sprintf("%s:%d: %s", file, n, fault))
			for part := range strings.SplitSeq(line, ":") {
				l.doubtful[sha256.Sum256([]byte(strings.TrimSpace(part)))] = true
			}
			continue
		}
		first[t.hash] = n
		l.Tokens = append(l.Tokens, t)
		if len(token) < weak {
			l.Warnings = append(l.Warnings, fmt.Sprintf("%s:%d: a token of %d bytes can be guessed: want %d or more at random", file, n, len(token), weak))
		}
	}
	if len(l.Tokens) == 0 && faults == nil {
		faults = []string{file + ": no token in it: want lines of " + wantLine}
	}
	if faults != nil {
		return l, errors.New(strings.Join(faults, "\n"))
	}
	return l, nil
}

const wantLine = "role:token, or role:token:name"

// split takes a line apart, or says what is wrong with it. It repeats nothing but a
// role: the rest may be a secret at the wrong place.
func split(line string) (role api.Role, token, name, fault string) {
	word, rest, ok := strings.Cut(line, ":")
	if !ok {
		return "", "", "", "no role: want " + wantLine
	}
	role = api.Role(word)
	if !slices.Contains(api.Roles, role) {
		return "", "", "", "the role is unknown: want view, operate or evaluate before the first colon"
	}
	token, name, named := strings.Cut(rest, ":")
	switch name = strings.TrimSpace(name); {
	case len(token) < MinToken || len(token) > MaxToken:
		fault = fmt.Sprintf("a token of %d bytes: want %d to %d", len(token), MinToken, MaxToken)
	case !sendable.MatchString(token):
		fault = "the token: want letters, digits and - . _ ~ + / only, = at its end"
	case named && name == "":
		fault = "the name is empty: want none, or one without the colon before it"
	case len(name) > MaxName || !isPlain(name):
		fault = fmt.Sprintf("the name: want at most %d bytes of text, without control characters and colons", MaxName)
	}
	return role, token, name, fault
}

// isPlain reports whether a name can be shown on a terminal.
func isPlain(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(c rune) bool { return c == ':' || !unicode.IsPrint(c) })
}
