package nginx

import "fmt"

// Place is where something stands. Line and Col count from 1, Col in characters.
type Place struct {
	File      string // as it is included or was given
	Line, Col int
}

func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// SyntaxError is why a file cannot be read as NGINX's: NGINX refuses it too.
type SyntaxError struct {
	Place
	Msg string // what was found and what is allowed
}

func (e *SyntaxError) Error() string { return e.Place.String() + ": " + e.Msg }

func (p Place) errorf(format string, args ...any) error {
	return &SyntaxError{Place: p, Msg: fmt.Sprintf(format, args...)}
}
