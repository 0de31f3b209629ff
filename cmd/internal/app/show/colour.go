package show

import (
	"io"
	"os"
)

// Palette colours words, or where it is false leaves them as they are. Nothing is said by
// colour alone. All that it paints becomes longer by as much, so that columns of painted
// cells stay columns.
type Palette bool

// PaletteFor has colours where w is a terminal, unless plain or the environment's NO_COLOR
// (whatever its value) asks for none.
func PaletteFor(w io.Writer, plain bool) Palette {
	return Palette(!plain && !NoColour() && IsTerminal(w))
}

// NoColour reports that nothing is to be coloured, by the convention of no-color.org.
func NoColour() bool { return os.Getenv("NO_COLOR") != "" }

// Good is what is as it should be.
func (p Palette) Good(s string) string { return p.paint("32", s) }

// Warn is what waits for somebody, or for better times.
func (p Palette) Warn(s string) string { return p.paint("33", s) }

// Bad is what fails.
func (p Palette) Bad(s string) string { return p.paint("31", s) }

// Plain is a cell beside others that have a colour.
func (p Palette) Plain(s string) string { return p.paint("39", s) }

func (p Palette) paint(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[39m"
}
