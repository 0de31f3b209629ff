package config

import "testing"

func TestExpand(t *testing.T) {
	t.Setenv("WEIR_TEST_SET", "x: [${WEIR_TEST_EMPTY}]")
	t.Setenv("WEIR_TEST_EMPTY", "")
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"$5 {a} $", "$5 {a} $"},
		{"a${WEIR_TEST_EMPTY}b", "ab"},
		{"${WEIR_TEST_EMPTY:-d}", "d"},
		{"${WEIR_TEST_UNSET:-}", ""},
		{"${WEIR_TEST_UNSET:-127.0.0.1}:${WEIR_TEST_UNSET:-80}", "127.0.0.1:80"},
		{"${WEIR_TEST_UNSET:-a:-b}", "a:-b"},
		{"${WEIR_TEST_SET:-d}", "x: [${WEIR_TEST_EMPTY}]"}, // a value is text: neither YAML nor expanded again
	}
	for _, tt := range tests {
		got, wrong := expand(tt.in)
		if got != tt.want || wrong != "" {
			t.Errorf("expand(%q) = %q, %q, want %q", tt.in, got, wrong, tt.want)
		}
	}
}

// Only values are expanded, and what the environment says is checked like what
// the file says.
func TestEnvironmentCannotAddKeys(t *testing.T) {
	t.Setenv("WEIR_TEST_SET", "x\nupstreams: {}")
	_, err := Parse("weir.yaml", []byte("state: ${WEIR_TEST_SET}\n"+minimal))
	want := `weir.yaml:1:8: state: "x\nupstreams: {}": want a value without control characters`
	if err == nil || err.Error() != want {
		t.Errorf("a line break in the environment: %v, want %s", err, want)
	}
}
