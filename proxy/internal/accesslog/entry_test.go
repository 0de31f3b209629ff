package accesslog

import (
	"bytes"
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		most     int
		want     string
	}{
		{"short", "abc", 3, "abc"},
		{"long", "abcd", 3, "abc"},
		{"before a letter of two bytes", "abé", 3, "ab"},
		{"behind a letter of two bytes", "aéb", 3, "aé"},
		{"in a letter of four bytes", "a😀b", 4, "a"},
		{"no UTF-8", "a\x80\x80\x80\x80\x80", 5, "a\x80\x80\x80\x80"},
	} {
		if got := string(cut([]byte(tt.in), tt.most)); got != tt.want {
			t.Errorf("%s: cut(%q, %d) = %q, want %q", tt.name, tt.in, tt.most, got, tt.want)
		}
	}
}

// A buffer keeps its own copy, cut, and no entry reaches into another.
func TestBufferCopies(t *testing.T) {
	b := newBuffer()
	target := []byte(strings.Repeat("t", maxTarget+100))
	e := &Entry{Target: target, UserAgent: []byte("agent")}
	b.add(e)
	copy(target, "overwritten")
	copy(e.UserAgent, "?????")
	b.add(&Entry{Target: []byte("second")})
	if got, want := b.entries[0].Target, strings.Repeat("t", maxTarget); string(got) != want {
		t.Errorf("target kept as %.20q of %d bytes, want %d of t", got, len(got), maxTarget)
	}
	if got := b.entries[0].UserAgent; string(got) != "agent" {
		t.Errorf("agent kept as %q", got)
	}
	if got := b.entries[1].Target; string(got) != "second" {
		t.Errorf("second target kept as %q", got)
	}
}

// A buffer is full by entries or by text, and a refused entry leaves no trace.
func TestBufferIsBounded(t *testing.T) {
	for name, e := range map[string]*Entry{
		"entries": {},
		"text":    {Target: bytes.Repeat([]byte("t"), maxTarget)},
	} {
		b := newBuffer()
		n := 0
		for b.add(e) {
			if n++; n > bufferEntries {
				t.Fatalf("%s: more than %d entries", name, bufferEntries)
			}
		}
		if len(b.entries) != n || cap(b.text) != bufferText || cap(b.entries) != bufferEntries {
			t.Errorf("%s: %d entries after %d were taken, room for %d and %d bytes", name, len(b.entries), n, cap(b.entries), cap(b.text))
		}
		if name == "text" && n != bufferText/maxTarget {
			t.Errorf("%d long targets fit, want %d", n, bufferText/maxTarget)
		}
	}
}
