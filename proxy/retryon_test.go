package proxy

import "testing"

func TestParseRetryOn(t *testing.T) {
	on, err := ParseRetryOn([]string{"connect", "reset", "503"})
	if err != nil || !on.Connect || !on.Reset || on.Timeout || on.InvalidAnswer || !on.Status.Contains(503) || on.Status.Contains(502) {
		t.Errorf("%+v, %v, want connect, reset and 503 only", on, err)
	}
	for _, bad := range []string{"", "Connect", "5xx", "200", "600"} {
		if _, err := ParseRetryOn([]string{bad}); err == nil {
			t.Errorf("%q was taken, want an error", bad)
		}
	}
}
