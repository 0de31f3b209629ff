package http1

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// The fast scan finds what the table says, wherever a byte stands.
func TestSpanValue(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			b := bytes.Repeat([]byte("a"), 20)
			b[at] = byte(c)
			if got, want := spanValue(b, 0), span(b, 0, cValue); got != want {
				t.Errorf("byte %#x at %d: spanValue = %d, want %d", c, at, got, want)
			}
		}
	}
	some := rapid.SampledFrom([]byte{0, 1, '\t', '\n', '\r', 0x1f, ' ', '!', 'a', '~', 0x7e, 0x7f, 0x80, 0xff})
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(some, 0, 40).Draw(t, "b")
		for i := range len(b) + 1 {
			if got, want := spanValue(b, i), span(b, i, cValue); got != want {
				t.Fatalf("spanValue(%q, %d) = %d, want %d", b, i, got, want)
			}
		}
	})
}
