package audit

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestBackwards has all lines of any file, from its end, however long they are.
func TestBackwards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	rapid.Check(t, func(t *rapid.T) {
		var want []string
		var text strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			line := strings.Repeat("x", rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(block-2, block+2), rapid.IntRange(0, 3*block)).Draw(t, "length"))
			text.WriteString(line + "\n")
			if line != "" {
				want = append(want, line)
			}
		}
		if rapid.Bool().Draw(t, "cut off") {
			text.WriteString("tail")
			want = append(want, "tail")
		}
		slices.Reverse(want)
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		l, err := backwards(in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		most := int64(math.MaxInt64)
		for {
			line, err := l.next(&most)
			if err != nil {
				t.Fatal(err)
			}
			if line == nil {
				break
			}
			got = append(got, string(line))
		}
		if !slices.Equal(got, want) || math.MaxInt64-most != int64(text.Len()) {
			t.Fatalf("%d lines of %d bytes read, want %d of %d", len(got), math.MaxInt64-most, len(want), text.Len())
		}
	})
}

func TestIDOf(t *testing.T) {
	for line, want := range map[string]uint64{
		`{"id":7,"at":"x"}`: 7, `{"id":18446744073709551615,"at":""}`: math.MaxUint64, `{"id":18446744073709551616,`: 0,
		`{"id":-1,`: 0, `{"id":7`: 7, `{"at":1,"id":7}`: 0, "": 0, "{}": 0,
	} {
		if got := idOf([]byte(line)); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}
