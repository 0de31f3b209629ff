package health

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// Match is what the answer to an HTTP check must be, beside its status. All of it
// must hold; the zero value asks for nothing. It is only read.
type Match struct {
	Headers []HeaderRule
	Body    BodyRule
}

// HeaderRule is what an answer must say in a header. Of a header with several lines
// one must do; of the negative comparisons, as in NGINX, the header must be there and
// no line may be what is not wanted.
type HeaderRule struct {
	Name  string
	Op    HeaderOp
	Value string         // of HeaderIs and HeaderIsNot
	Expr  *regexp.Regexp // of HeaderMatches and HeaderMatchesNot
}

// HeaderOp is how a header is looked at.
type HeaderOp uint8

// The operators.
const (
	HeaderPresent HeaderOp = iota
	HeaderAbsent
	HeaderIs
	HeaderIsNot
	HeaderMatches
	HeaderMatchesNot
)

// BodyRule is what an answer must have in its body. The zero value asks for nothing.
type BodyRule struct {
	Contains   string         // "": anything
	Matches    *regexp.Regexp // nil: anything
	NotMatches *regexp.Regexp // nil: nothing is unwanted
	Limit      int            // bytes that are looked at; what is behind them is not read. 0: 64 KiB
}

func (r *HeaderRule) check(h http.Header) error {
	lines := h.Values(r.Name)
	switch {
	case r.Op == HeaderAbsent && len(lines) > 0:
		return fmt.Errorf("header %s is there: %s", r.Name, show(lines[0]))
	case r.Op == HeaderAbsent:
		return nil
	case len(lines) == 0:
		return fmt.Errorf("no header %s", r.Name)
	case r.Op == HeaderPresent:
		return nil
	}
	unwanted := r.Op == HeaderIsNot || r.Op == HeaderMatchesNot
	for _, line := range lines {
		var fits bool
		if r.Expr != nil {
			fits = r.Expr.MatchString(line)
		} else {
			fits = line == r.Value
		}
		switch {
		case fits && unwanted:
			return fmt.Errorf("header %s is %s", r.Name, show(line))
		case fits:
			return nil
		}
	}
	if unwanted {
		return nil
	}
	return fmt.Errorf("header %s is %s", r.Name, show(lines[0]))
}

// asks reports whether the body is to be looked at.
func (r *BodyRule) asks() bool { return r.Contains != "" || r.Matches != nil || r.NotMatches != nil }

// limit is how much of a body is read, in bytes.
func (r *BodyRule) limit() int64 {
	if r.Limit <= 0 {
		return maxProbeBody
	}
	return int64(r.Limit)
}

func (r *BodyRule) check(body []byte) error {
	switch {
	case r.Contains != "" && !bytes.Contains(body, []byte(r.Contains)):
		return fmt.Errorf("body does not contain %s", show(r.Contains))
	case r.Matches != nil && !r.Matches.Match(body):
		return fmt.Errorf("body does not match %s", show(r.Matches.String()))
	case r.NotMatches != nil && r.NotMatches.Match(body):
		return errors.New("body matches " + show(r.NotMatches.String()))
	}
	return nil
}

// show is s for a log line: quoted, and cut where it is long.
func show(s string) string {
	const most = 64
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}
