package accesslog

import (
	"math"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestOnly(t *testing.T) {
	failures := [][2]int{{400, 499}, {503, 503}}
	for _, tt := range []struct {
		name     string
		rule     Rule
		status   int
		duration time.Duration
		want     bool
	}{
		{"no filter", Rule{}, 200, 0, true},
		{"status in", Rule{Status: failures}, 404, 0, true},
		{"status in, the client left", Rule{Status: failures}, 499, 0, true},
		{"status in, at the end", Rule{Status: failures}, 503, 0, true},
		{"status out", Rule{Status: failures}, 500, time.Hour, false},
		{"slow", Rule{SlowerThan: time.Second}, 200, time.Second, true},
		{"quick", Rule{SlowerThan: time.Second}, 500, time.Second - 1, false},
		{"either, by status", Rule{Status: failures, SlowerThan: time.Second}, 400, 0, true},
		{"either, by duration", Rule{Status: failures, SlowerThan: time.Second}, 200, time.Second, true},
		{"neither", Rule{Status: failures, SlowerThan: time.Second}, 200, 0, false},
		{"no status at all", Rule{Status: failures}, 0, 0, false},
		{"a status from elsewhere", Rule{Status: failures}, 9999, 0, false},
	} {
		if got := newRule(tt.rule).wants(&Entry{Status: tt.status, Duration: tt.duration}); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Whatever the share and however requests spread over the shards, any thousand
// of them have it to within a few lines per shard.
func TestSampleShare(t *testing.T) {
	for _, share := range []float64{0.001, 0.1, 0.25, 0.5, 0.999, 1} {
		for name, spread := range map[string]func(int) int{
			"one connection": func(int) int { return 3 },
			"in turn":        func(i int) int { return i },
			"in pairs":       func(i int) int { return i / 2 },
		} {
			l := New(zerolog.Nop())
			r := newRule(Rule{Sample: share})
			const window = 1000
			for from := range 20 {
				kept := 0
				for i := range window {
					shard := spread(from*window+i) & (len(l.shards) - 1)
					if r.takes(&l.shards[shard]) {
						kept++
					}
				}
				if off := math.Abs(float64(kept) - share*window); off > float64(3*len(l.shards)) {
					t.Errorf("share %v, %s: %d of %d kept", share, name, kept, window)
				}
			}
		}
	}
}
