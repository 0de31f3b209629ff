//go:build !race

package e2e

import (
	"strconv"
	"testing"
)

// seriesAnswer is GET .../series, as far as it is read here.
type seriesAnswer struct {
	At    []int64
	Users struct {
		Requests []float64
		Errors   []float64
		P99      []*float64 `json:"p99_ms"`
	}
	Versions []struct {
		Name            string
		Requests, Share []float64
		Errors          []float64
	}
	Evidence []struct {
		Version   string
		Log10E    []*float64 `json:"log10_e"`
		Threshold *float64   `json:"threshold_log10"`
	}
}

// TestWhatAChartNeeds: the seconds of a revert are there to be drawn, with what the
// users saw of it, which is nothing.
func TestWhatAChartNeeds(t *testing.T) {
	t.Parallel()
	_, v2, w := threefold(t, ramp)
	l := startLoad(t, loadOptions{addr: w.web, rate: 500, prefix: "chart"})
	w.startRollout("v2")
	var s seriesAnswer
	eventually(t, "a second in which the candidate is judged", func() bool {
		w.call("GET", "/v1/upstreams/api/series", "", &s)
		return len(s.At) > 0 && len(s.Evidence) == 1 && s.Evidence[0].Threshold != nil
	})
	if e := s.Evidence[0]; e.Version != "v2" || *e.Threshold != 2 {
		t.Errorf("evidence = %+v, want v2's with the threshold 2 of alpha 0.01", e)
	}
	v2.fails(500)
	w.rolloutIs("reverted")
	var ended struct {
		Evidence struct{ Combined, Threshold float64 }
	}
	w.call("GET", "/v1/upstreams/api/rollout", "", &ended)
	if e := ended.Evidence; e.Threshold != 100 || e.Combined < 100 {
		t.Errorf("evidence of the reverted rollout = %+v, want an e-value of 100 or more", e)
	}
	since := s.At[len(s.At)-1]
	eventually(t, "the second of the failures and one after it", func() bool {
		w.call("GET", "/v1/upstreams/api/series?since="+strconv.FormatInt(since, 10), "", &s)
		n := len(s.At)
		return n > 1 && sum(s.Versions[1].Errors) > 0 && s.Versions[1].Share[n-1] == 0
	})
	if s.At[0] <= since || sum(s.Users.Requests) == 0 || sum(s.Users.Errors) != 0 {
		t.Errorf("users = %+v since %d, want requests without errors after that", s, since)
	}
	var u struct {
		Users struct{ Seconds, Requests, Errors float64 }
	}
	w.call("GET", "/v1/upstreams/api", "", &u)
	if u.Users.Seconds < 1 || u.Users.Requests < 100 || u.Users.Errors != 0 {
		t.Errorf("what users saw = %+v", u.Users)
	}
	l.end()
}

func sum(line []float64) (n float64) {
	for _, x := range line {
		n += x
	}
	return n
}
