package show

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Screen is a terminal that one text after the other is drawn on, each in the place of
// the one before.
type Screen struct {
	out     io.Writer
	size    func() (columns, rows int)
	cleared bool
}

// NewScreen is nil where w is no terminal.
func NewScreen(w io.Writer) *Screen {
	if !IsTerminal(w) {
		return nil
	}
	f, _ := w.(*os.File)
	return &Screen{out: f, size: func() (int, int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}}
}

// Draw writes text, whose lines may be longer than the terminal is wide, as far as there
// are rows for it: what does not fit is counted in the last one. It writes once, and wipes
// what was there line by line, so that nothing flickers.
func (s *Screen) Draw(text string) error {
	var b strings.Builder
	if !s.cleared {
		b.WriteString("\x1b[2J")
		s.cleared = true
	}
	b.WriteString("\x1b[H")
	columns, rows := s.size()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, l := range fitting(lines, columns, rows-1) { // the cursor has a row, too
		b.WriteString(l + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	_, err := io.WriteString(s.out, b.String())
	return err
}

// fitting are the first lines that so many rows have room for, and how many do not. A
// terminal that does not say how large it is takes all.
func fitting(lines []string, columns, rows int) []string {
	if columns <= 0 || rows <= 0 {
		return lines
	}
	used := 0
	for i, l := range lines {
		used += max(1, (width(l)+columns-1)/columns)
		last := i == len(lines)-1
		if used > rows || used == rows && !last {
			return append(lines[:i:i], fmt.Sprintf("... %d more lines", len(lines)-i))
		}
	}
	return lines
}

// width is how many letters a line shows: those of escape codes are not seen.
func width(line string) int {
	n := 0
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		n += utf8.RuneCountInString(before)
		if !found {
			return n
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r >= '@' })
		if end < 0 {
			return n
		}
		line = after[end+1:]
	}
}
