package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var shown = moment{
	at: 1500 * time.Millisecond, shares: map[string]float64{"v1": 0.9, "v2": 0.1},
	requests: 600, errors: 3, p99: 4200 * time.Microsecond, state: "progressing", reason: strings.Repeat("because ", 30),
}

func TestPlainViewHasNoEscapeCodes(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out, func(error) {})
	v.say("begin")
	v.show(shown)
	v.show(shown) // within the same second: nothing
	v.say("end")
	want := "begin\n  1.5 s  v1  90.0 %  v2  10.0 %   600 requests/s  errors 0.5 %  p99 4.2 ms  progressing\nend\n"
	if out.String() != want {
		t.Errorf("got\n%q, want\n%q", out.String(), want)
	}
}

func TestTerminalViewRedrawsItsBlock(t *testing.T) {
	var out bytes.Buffer
	v := &view{out: &out, tty: true}
	v.show(shown)
	block := out.String()
	lines := strings.Count(block, "\n")
	if lines != 5 || strings.Contains(block, "\x1b") {
		t.Errorf("first block %q: want 5 lines and no escape code", block)
	}
	for line := range strings.Lines(block) {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("line of %d characters would be broken: %q", n, line)
		}
	}
	if bar := strings.Repeat("█", 36) + strings.Repeat("·", 4); !strings.Contains(block, bar) {
		t.Errorf("block %q has no bar of 90 %%", block)
	}
	v.say("something happens")
	if got := strings.TrimPrefix(out.String(), block); got != "\x1b[5A\x1b[Jsomething happens\n" {
		t.Errorf("a line of the story does not replace the block: %q", got)
	}
}
