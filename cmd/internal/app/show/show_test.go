package show

import (
	"os"
	"strings"
	"testing"
)

func TestSentence(t *testing.T) {
	for _, c := range []struct{ state, reason, want string }{
		{"holding", "holding: unusable: v2 has no usable endpoint", "holding: unusable: v2 has no usable endpoint"},
		{"paused", "paused by operator", "paused by operator"},
		{"reverted", "worse: 8 of 10 failed", "reverted: worse: 8 of 10 failed"},
		{"progressing", "", "progressing"},
	} {
		if got := Sentence(c.state, c.reason); got != c.want {
			t.Errorf("Sentence(%q, %q) = %q, want %q", c.state, c.reason, got, c.want)
		}
	}
}

func TestWhatIsNoTerminal(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if IsTerminal(null) || IsTerminal(new(strings.Builder)) {
		t.Error("a device or a buffer is taken for a terminal")
	}
}
