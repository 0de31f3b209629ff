package access

import (
	"crypto/sha256"
	"fmt"

	"weir/config/file"
)

// Loaded is a file of tokens. It can be used if it came without an error and nobody else
// can read it; what of another one is in force, Later says.
type Loaded struct {
	Tokens   []Token  // of its good lines
	Warnings []string // of tokens that can be guessed
	// Exposed says who else may read the file, and what to do; "": nobody.
	Exposed string

	doubtful map[[sha256.Size]byte]bool // hashes of what may be tokens in its bad lines
}

// Load reads the file at path, see Parse.
func Load(path string) (Loaded, error) {
	data, exposed, err := file.Secret(path)
	if err != nil {
		return Loaded{}, fmt.Errorf("%s: %w: want a file with lines of %s", path, err, wantLine)
	}
	l, err := parse(path, data)
	l.Exposed = exposed
	return l, err
}

// Later are the tokens that are in force when a file has become this one, whatever is wrong
// with it. Those that are no longer in it are out: who takes a token away must not have to
// look whether another line is good. Bad lines leave what they have been in force. Of a
// file that others can read no new one is taken. One without any good line is no file of
// tokens, and changes nothing: nobody is to be locked out by a slip.
func (l *Loaded) Later(before []Token) []Token {
	if len(l.Tokens) == 0 {
		return before
	}
	was := map[[sha256.Size]byte]bool{}
	for _, t := range before {
		was[t.hash] = true
	}
	var now []Token
	for _, t := range l.Tokens {
		if l.Exposed == "" || was[t.hash] {
			now = append(now, t)
		}
		delete(was, t.hash)
	}
	for _, t := range before {
		if was[t.hash] && l.doubtful[t.hash] {
			now = append(now, t)
		}
	}
	return now
}
