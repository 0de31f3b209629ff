//go:build !race

package e2e

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// Promise: Prometheus gets native histograms, and finds the same quantiles in them as
// the API shows, within a bucket.
func TestNativeHistograms(t *testing.T) {
	t.Parallel()
	p := prometheus{address: ground.FreeAddr(t), flags: []string{"--enable-feature=native-histograms"}}
	v1, _, w := canary(t, "")
	p.run(t, w.admin)
	v1.does(func(n int, _ *http.Request) reply { return reply{delay: time.Duration(n) * time.Millisecond / 4} })
	const requests = 100
	for range requests { // within the ten seconds that the API looks back
		getFrom(t, w.web, "/", "", "")
	}
	var u struct {
		Users struct {
			Requests int
			P50      float64 `json:"p50_ms"`
			P99      float64 `json:"p99_ms"`
		}
	}
	w.eventually("all requests in the window", func() bool {
		w.call("GET", "/v1/upstreams/api", "", &u)
		return u.Users.Requests == requests
	})
	eventually(t, "Prometheus has them all", func() bool {
		n, _ := p.ask(t, `histogram_count(weir_request_duration_seconds{upstream="api"})`)
		return n == requests
	})
	for q, shown := range map[float64]float64{0.5: u.Users.P50, 0.99: u.Users.P99} {
		found, ok := p.ask(t, fmt.Sprintf(`1000 * histogram_quantile(%v, weir_request_duration_seconds{upstream="api"})`, q))
		if off := math.Abs(math.Log2(found / shown)); !ok || off > 1.0/8 {
			t.Errorf("quantile %v: %v ms in Prometheus, %v ms in the API: %v doublings apart, want at most a bucket, an eighth", q, found, shown, off)
		}
	}
	if n, ok := p.ask(t, `count(weir_request_duration_seconds_bucket)`); ok {
		t.Errorf("%v classic buckets beside the native ones", n)
	}
}
