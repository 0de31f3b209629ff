//go:build !race

package parity

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// script is what is done with a case, in order, and what is demanded of it.
type script struct {
	steps    []step
	known    []*known // differences of all requests
	conns    bool     // compare connections too
	rejected bool     // neither takes the file
	refused  string   // why Weir does not take it: a slug; "" is that it does
}

// step is one line that does something.
type step struct {
	line int

	// Exactly one of these is set.
	shots   *shots
	change  *change
	wait    time.Duration
	release bool
}

// shots are requests that are alike.
type shots struct {
	text    string // the line
	method  string
	target  string
	count   int
	headers []string // "Name: value"
	body    int      // bytes; 0 is no body
	from    string   // the client's address; "" is any
	behind  bool     // go on when a backend has it
	leaves  bool     // and leave it then
	share   bool     // compare how many each backend got, and allow for chance
	within  int      // compare how many each backend got, and allow for that many; below 0: compare one by one
	known   []*known
}

// change is what backends do from now on.
type change struct {
	names []string
	does  behaviour
}

// known is a difference that docs/nginx.md explains.
type known struct {
	where              string // file and line
	field, nginx, weir string // "*" is any
	slug               string
	used               bool
}

func (k *known) covers(d difference) bool {
	return (k.field == "*" || k.field == d.field) && (k.nginx == "*" || k.nginx == d.nginx) && (k.weir == "*" || k.weir == d.weir)
}

func readScript(lines []string, before int) (script, error) {
	var s script
	for i, text := range lines {
		at := before + i + 1
		words, err := fields(text)
		if err != nil {
			return s, fmt.Errorf("line %d: %w", at, err)
		}
		if len(words) == 0 {
			continue
		}
		if err := s.read(at, text, words); err != nil {
			return s, fmt.Errorf("line %d: %s: %w", at, text, err)
		}
	}
	return s, nil
}

func (s *script) read(at int, text string, words []string) error {
	n := len(words)
	switch first := words[0]; {
	case first == "release" && n == 1:
		s.steps = append(s.steps, step{line: at, release: true})
	case first == "wait" && n == 2:
		d, err := time.ParseDuration(words[1])
		s.steps = append(s.steps, step{line: at, wait: d})
		return err
	case first == "compare" && n == 2 && words[1] == "conns":
		s.conns = true
	case first == "rejected" && n == 1:
		s.rejected = true
	case first == "refused" && n == 2:
		s.refused = words[1]
	case first == "differs" && n == 5:
		k := &known{where: fmt.Sprintf("line %d", at), field: words[1], nginx: words[2], weir: words[3], slug: words[4]}
		if last := len(s.steps) - 1; last < 0 {
			s.known = append(s.known, k)
		} else if s.steps[last].shots == nil {
			return fmt.Errorf("want it behind requests")
		} else {
			s.steps[last].shots.known = append(s.steps[last].shots.known, k)
		}
	case methodWord.MatchString(first) && n > 1:
		shots, err := readShots(text, words)
		s.steps = append(s.steps, step{line: at, shots: shots})
		return err
	case namesWord.MatchString(first) && n > 1:
		does, err := readBehaviour(words[1:])
		s.steps = append(s.steps, step{line: at, change: &change{strings.Split(first, ","), does}})
		return err
	default:
		return fmt.Errorf("no such line in a script")
	}
	return nil
}

var (
	methodWord = regexp.MustCompile(`^[A-Z]+$`)
	namesWord  = regexp.MustCompile(`^[a-z](,[a-z])*$`)
	countWord  = regexp.MustCompile(`^x[0-9]+$`)
)

func readShots(text string, words []string) (*shots, error) {
	r := &shots{text: text, method: words[0], target: words[1], count: 1, within: -1}
	for _, w := range words[2:] {
		var err error
		switch key, value, _ := strings.Cut(w, "="); {
		case strings.Contains(w, ": "):
			r.headers = append(r.headers, w)
		case countWord.MatchString(w):
			r.count, err = strconv.Atoi(w[1:])
		case w == "&":
			r.behind = true
		case w == "leave":
			r.leaves = true
		case w == "share":
			r.share = true
		case key == "within":
			r.within, err = strconv.Atoi(value)
		case key == "body":
			r.body, err = strconv.Atoi(value)
		case key == "from":
			r.from = value
		default:
			err = fmt.Errorf("%q is no word of a request", w)
		}
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// fields are the words of a line. One in double quotes may have spaces, and "#" at
// the line's beginning makes it a comment.
func fields(line string) ([]string, error) {
	var words []string
	for rest := strings.TrimSpace(line); rest != "" && (len(words) > 0 || rest[0] != '#'); rest = strings.TrimSpace(rest) {
		end := strings.IndexByte(rest, ' ')
		if rest[0] == '"' {
			rest = rest[1:]
			if end = strings.IndexByte(rest, '"'); end < 0 {
				return nil, fmt.Errorf("a quote is open")
			}
			words, rest = append(words, rest[:end]), rest[end+1:]
			continue
		}
		if end < 0 {
			end = len(rest)
		}
		words, rest = append(words, rest[:end]), rest[end:]
	}
	return words, nil
}
