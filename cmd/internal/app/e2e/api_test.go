//go:build !race

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// The answers of the admin API, as far as the tests read them.
type (
	upstreamAnswer struct {
		Name     string
		Revision uint64
		Stable   string
		Split    map[string]struct{ Weight, Share float64 }
		Versions []struct {
			Name      string
			Endpoints []endpointAnswer
		}
		Rollout *rolloutAnswer
		Guard   *rolloutAnswer
		Writes  struct{ Hold *holdAnswer }
	}
	holdAnswer struct {
		Since        time.Time
		InForce      bool `json:"in_force"`
		Expired      bool
		Waiting      int
		Before       int64
		Drained      bool
		DrainedAfter float64 `json:"drained_after_ms"`
	}
	endpointAnswer struct {
		Address, State, Health string
		Inflight               int64
		Weight                 int
	}
	rolloutAnswer struct {
		ID, Strategy, From, To, State, Reason string
		Step                                  int
		Weight                                float64
		Report                                *struct {
			Requests       uint64
			UserErrors     uint64   `json:"user_errors"`
			Availability   float64  `json:"availability"`
			FailedAttempts uint64   `json:"failed_attempts"`
			SecondsToZero  *float64 `json:"seconds_to_zero"`
		}
	}
	revisionAnswer struct {
		Revision               uint64
		Source, Reason, Author string
		Stable                 string
		Split                  map[string]struct{ Weight, Share float64 }
	}
	problem struct {
		Title, Detail string
		Status        int
	}
)

// call sends one request to the admin API and decodes a 2xx answer into out.
func (w *weir) call(method, path, body string, out any, headers ...string) (int, problem) {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://"+w.admin+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	if res.StatusCode >= 300 {
		var p problem
		if ct := res.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
			w.t.Errorf("%s %s: %d has content type %q, want application/problem+json", method, path, res.StatusCode, ct)
		} else if err := json.Unmarshal(data, &p); err != nil || p.Status != res.StatusCode || p.Title == "" {
			w.t.Errorf("%s %s: bad problem (%v): %s", method, path, err, data)
		}
		return res.StatusCode, p
	}
	if out != nil {
		if err := json.NewDecoder(bytes.NewReader(data)).Decode(out); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return res.StatusCode, problem{}
}

// must is a call that has to succeed.
func (w *weir) must(method, path, body string, out any) {
	w.t.Helper()
	if status, p := w.call(method, path, body, out); status >= 300 {
		w.t.Fatalf("%s %s %s: %d %s: %s", method, path, body, status, p.Title, p.Detail)
	}
}

func (w *weir) upstream() (u upstreamAnswer) {
	w.t.Helper()
	w.must("GET", "/v1/upstreams/api", "", &u)
	return u
}

// share is the part of new requests, 0 to 1, that the split gives to a version.
func (w *weir) share(version string) float64 { w.t.Helper(); return w.upstream().Split[version].Share }

func (w *weir) rollout() (r rolloutAnswer) {
	w.t.Helper()
	w.must("GET", "/v1/upstreams/api/rollout", "", &r)
	return r
}

func (w *weir) history() []revisionAnswer {
	w.t.Helper()
	var h struct{ Revisions []revisionAnswer }
	w.must("GET", "/v1/upstreams/api/history", "", &h)
	return h.Revisions
}

func (w *weir) split(weights string) {
	w.t.Helper()
	w.must("PUT", "/v1/upstreams/api/split", `{"weights":`+weights+`}`, nil)
}

func (w *weir) startRollout(to string) {
	w.t.Helper()
	w.must("POST", "/v1/upstreams/api/rollout", `{"to":"`+to+`"}`, nil)
}

// endpoint finds one endpoint in the upstream's answer.
func (w *weir) endpoint(address string) endpointAnswer {
	w.t.Helper()
	for _, v := range w.upstream().Versions {
		for _, e := range v.Endpoints {
			if e.Address == address {
				return e
			}
		}
	}
	return endpointAnswer{}
}

// rolloutIs waits for a state of the rollout and returns the answer that had it.
func (w *weir) rolloutIs(state string) (r rolloutAnswer) {
	w.t.Helper()
	w.eventually("rollout "+state, func() bool {
		r = w.rollout()
		return r.State == state
	})
	return r
}

// metric is the sum of all series of a metric whose labels contain each of has.
func (w *weir) metrics() string {
	w.t.Helper()
	res, err := http.Get("http://" + w.admin + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("/metrics: %d, %v", res.StatusCode, err)
	}
	return string(data)
}
