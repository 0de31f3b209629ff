package lookup

import "testing"

func TestPairs(t *testing.T) {
	const line = "a=1; SID=\"s 1\"; novalue;b=2=3;  c = 4;a=9; empty="
	for name, want := range map[string]string{"a": "1", "sid": `"s 1"`, "b": "2=3", "empty": ""} {
		if got, ok := Cookie([]byte(line), name); !ok || string(got) != want {
			t.Errorf("cookie %s: %q, %v, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"novalue", "none", "c", ""} {
		if got, ok := Cookie([]byte(line), name); ok {
			t.Errorf("cookie %s: %q, want none", name, got)
		}
	}
	const query = "q=1&Sid=x%20y&q=2&flag&empty="
	for name, want := range map[string]string{"q": "1", "sid": "x%20y", "empty": ""} {
		if got, ok := Parameter([]byte(query), name); !ok || string(got) != want {
			t.Errorf("parameter %s: %q, %v, want %q", name, got, ok, want)
		}
	}
	if got, ok := Parameter([]byte(query), "flag"); ok {
		t.Errorf("parameter flag: %q, want none", got)
	}
}
