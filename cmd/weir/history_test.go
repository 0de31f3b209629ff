package main

import (
	"bytes"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

// TestHistoryOfARelease: who, from where to where, for how long, at what cost, and that
// there is no way back.
func TestHistoryOfARelease(t *testing.T) {
	at := time.Date(2025, 3, 4, 5, 6, 7, 0, time.Local)
	took, long, short := 372.4, 90061.0, 0.25
	all := func(version string) map[string]api.Share {
		return map[string]api.Share{version: {Weight: 100, Share: 1}}
	}
	revisions := []api.Revision{
		{
			Revision: 3, At: at, Source: api.SourceRollout, Author: "ann", Stable: "v2", Split: all("v2"), Reason: "succeeded: v2 is stable",
			Rollout:  &api.Rollout{Duration: &took, Report: &api.Report{Requests: 900, Availability: 100}},
			Gates:    []api.Gate{{Name: "smoke", At: "before_step", Step: 2, State: "passed"}, {Name: "drop", State: "passed"}},
			NoReturn: &api.NoReturn{At: at.Add(time.Hour), Gates: []string{"drop"}},
		},
		{Revision: 2, At: at, Source: api.SourceAPI, Stable: "v1", Split: all("v1"), Lasted: &short, Reason: "tidy"},
		{Revision: 1, At: at, Source: api.SourceFile, Stable: "v1", Split: all("v1"), Lasted: &long, Reason: "first seen in the file"},
	}
	var out bytes.Buffer
	if err := writeHistory(&out, revisions); err != nil {
		t.Fatal(err)
	}
	wantOutput(t, out.String(), `
REVISION  AT                   LASTED   SOURCE   AUTHOR  STABLE    SPLIT    REASON
3         2025-03-04 05:06:07  -        rollout  ann     v1 -> v2  v2=100%  succeeded: v2 is stable (took 6m12s, 900 requests, 0 user errors, availability 100%, 0 failed attempts); gate smoke before_step 2 passed; gate drop passed; point of no return since 2025-03-04 06:06:07
2         2025-03-04 05:06:07  250ms    api      -       v1        v1=100%  tidy
1         2025-03-04 05:06:07  25h1m1s  file     -       v1        v1=100%  first seen in the file
`)
}
