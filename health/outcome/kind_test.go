package outcome

import "testing"

func TestKind(t *testing.T) {
	for _, tc := range []struct {
		kind           Kind
		word           string
		failed, blames bool
	}{
		{OK, "ok", false, false},
		{Error, "error", true, true},
		{Connect, "connect", true, true},
		{Timeout, "timeout", true, true},
		{Reset, "reset", true, true},
		{Overdue, "overdue", true, false},
		{Canceled, "canceled", false, false},
		{NumKinds, "unknown", false, false},
	} {
		if got := tc.kind.String(); got != tc.word {
			t.Errorf("Kind(%d).String() = %q, want %q", tc.kind, got, tc.word)
		}
		if got := tc.kind.Failed(); got != tc.failed {
			t.Errorf("%v.Failed() = %v, want %v", tc.kind, got, tc.failed)
		}
		if got := tc.kind.BlamesEndpoint(); got != tc.blames {
			t.Errorf("%v.BlamesEndpoint() = %v, want %v", tc.kind, got, tc.blames)
		}
	}
}
