package show

import (
	"strings"
	"testing"
)

// TestScreen draws on a terminal of 10 by 4 letters.
func TestScreen(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"what fits", "a\nb\n", "a\x1b[K\nb\x1b[K\n"},
		{"all rows but the cursor's", "a\nb\nc\n", "a\x1b[K\nb\x1b[K\nc\x1b[K\n"},
		{"too much", "a\nb\nc\nd\n", "a\x1b[K\nb\x1b[K\n... 2 more lines\x1b[K\n"},
		{"a long line takes two rows", "0123456789a\nb\n", "0123456789a\x1b[K\nb\x1b[K\n"},
		{"and leaves none for others", "0123456789a\nb\nc\n", "0123456789a\x1b[K\n... 2 more lines\x1b[K\n"},
		{"letters are no bytes, and codes are not seen", "\x1b[31m012345678ü\x1b[39m\nb\nc\n", "\x1b[31m012345678ü\x1b[39m\x1b[K\nb\x1b[K\nc\x1b[K\n"},
		{"nothing", "", "\x1b[K\n"},
	} {
		var out strings.Builder
		s := &Screen{out: &out, size: func() (int, int) { return 10, 4 }}
		for range 2 { // the second is drawn in the first one's place
			if err := s.Draw(c.text); err != nil {
				t.Fatal(err)
			}
		}
		if want := "\x1b[2J\x1b[H" + c.want + "\x1b[J" + "\x1b[H" + c.want + "\x1b[J"; out.String() != want {
			t.Errorf("%s: %q, want %q", c.name, out.String(), want)
		}
	}
	var out strings.Builder
	s := &Screen{out: &out, size: func() (int, int) { return 0, 0 }}
	if err := s.Draw(strings.Repeat("a\n", 100)); err != nil || strings.Count(out.String(), "\n") != 100 {
		t.Errorf("of unknown size: %v, %d lines, want all", err, strings.Count(out.String(), "\n"))
	}
	if NewScreen(&out) != nil {
		t.Error("a buffer is a screen")
	}
}

func TestPalette(t *testing.T) {
	if got := Palette(false).Bad("x"); got != "x" {
		t.Errorf("without colours: %q", got)
	}
	p := Palette(true)
	seen := map[string]bool{}
	for _, s := range []string{p.Good("x"), p.Warn("x"), p.Bad("x"), p.Plain("x")} {
		if seen[s] = true; len(s) != len(p.Good("x")) || width(s) != 1 {
			t.Errorf("%q: want as many bytes as the others, and one letter to see", s)
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d colours, want 4", len(seen))
	}
	if PaletteFor(new(strings.Builder), false) {
		t.Error("a buffer has colours")
	}
	t.Setenv("NO_COLOR", "yes")
	if !NoColour() {
		t.Error("NO_COLOR counts whatever its value is")
	}
}
