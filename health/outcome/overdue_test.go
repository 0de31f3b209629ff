package outcome

import (
	"testing"
	"time"
)

func TestOverdueAfter(t *testing.T) {
	for _, tc := range []struct{ p99, want time.Duration }{
		{0, time.Second},
		{10 * time.Millisecond, time.Second},
		{333 * time.Millisecond, time.Second},
		{334 * time.Millisecond, 1002 * time.Millisecond},
		{2 * time.Second, 6 * time.Second},
		{128 * time.Second, 384 * time.Second},
	} {
		if got := OverdueAfter(tc.p99); got != tc.want {
			t.Errorf("OverdueAfter(%v) = %v, want %v", tc.p99, got, tc.want)
		}
	}
}
