package top

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"
)

// The colours are the terminal's own sixteen. Nothing is said by colour alone: with
// NO_COLOR the words remain.
var (
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	warn   = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
	bad    = lipgloss.NewStyle().Foreground(lipgloss.Red)
	asked  = lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Yellow)
)

// plain is text of the server on one line: an endpoint's answer must not steer the
// terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r): // those that turn text around, too
			return '?'
		}
		return r
	}, s)
}

// percent shows a share of 0 to 1, with as many as two decimals.
func percent(share float64) string { return number(100*share, 2) + "%" }

// number shows f with at most that many decimals.
func number(f float64, decimals int) string {
	p := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(f*p)/p, 'f', -1, 64)
}

// column is where a text stands in a row: left of a gap, cut or filled to its width;
// a negative width is flush right.
type column struct {
	width int
	text  string
	style lipgloss.Style
}

// row is columns beside each other, as many as there is room for.
func row(room int, columns ...column) string {
	var b strings.Builder
	for i, c := range columns {
		w := max(c.width, -c.width)
		if room -= w + 1; room < -1 && i > 0 {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		text := plain(c.text)
		if lipgloss.Width(text) > w {
			text = lipgloss.NewStyle().MaxWidth(w-1).Render(text) + "…"
		}
		fill := strings.Repeat(" ", max(0, w-lipgloss.Width(text)))
		if c.width < 0 {
			b.WriteString(fill + c.style.Render(text))
		} else {
			b.WriteString(c.style.Render(text) + fill)
		}
	}
	return b.String()
}
