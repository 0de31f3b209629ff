package main

import (
	"bytes"
	"encoding/json"
	"strings"
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
	h := history{History: api.History{Revisions: revisions}}
	if err := h.write(&out); err != nil {
		t.Fatal(err)
	}
	wantOutput(t, out.String(), `
REVISION  AT                   LASTED   SOURCE   AUTHOR  STABLE    SPLIT    REASON
3         2025-03-04 05:06:07  -        rollout  ann     v1 -> v2  v2=100%  succeeded: v2 is stable (took 6m12s, 900 requests, 0 user errors, availability 100%, 0 failed attempts); gate smoke before_step 2 passed; gate drop passed; point of no return since 2025-03-04 06:06:07
2         2025-03-04 05:06:07  250ms    api      -       v1        v1=100%  tidy
1         2025-03-04 05:06:07  25h1m1s  file     -       v1        v1=100%  first seen in the file
`)
}

// TestHistoryWithWhatWasRefused has it in its time, and nothing older than the oldest
// revision that is shown.
func TestHistoryWithWhatWasRefused(t *testing.T) {
	f := newFakeAdmin(t)
	before := func(d time.Duration) time.Time { return someTime.Add(-d) }
	f.set(func() {
		f.mu.history = []api.Revision{
			{Revision: 3, At: someTime, Source: api.SourceAPI, Stable: "v1", Split: map[string]api.Share{"v1": {Weight: 100, Share: 1}}},
			{Revision: 2, At: before(time.Hour), Source: api.SourceFile, Stable: "v1", Split: map[string]api.Share{"v1": {Weight: 100, Share: 1}}},
		}
		f.mu.audit = api.Audit{Entries: []api.AuditEntry{
			{ID: 9, At: someTime.Add(time.Minute), Author: "bob", From: "192.0.2.1", Action: "start", Target: "to v9", Result: api.ResultRefused, Detail: "no v9\nmore", Reason: "release"},
			{ID: 8, At: someTime, Author: "ann", From: "127.0.0.1", Action: "split", Result: api.ResultOK},
			{ID: 7, At: before(time.Minute), Author: "ann", From: "127.0.0.1", Action: "split", Target: "v1=0", Result: api.ResultFailed, Detail: "disk full"},
			{ID: 6, At: before(2 * time.Hour), Action: "undo", Result: api.ResultRefused},
		}, Next: 5}
	})
	stdout, stderr, code := f.weir("rollout", "history", "api", "--refused")
	if code != exitOK || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `
REVISION  AT                   LASTED  SOURCE   AUTHOR              STABLE  SPLIT                  REASON
-         2025-03-04 05:07:07  -       refused  bob from 192.0.2.1  -       start to v9 (release)  no v9
3         2025-03-04 05:06:07  -       api      -                   v1      v1=100%                -
-         2025-03-04 05:05:07  -       failed   ann from 127.0.0.1  -       split v1=0             disk full
2         2025-03-04 04:06:07  -       file     -                   v1      v1=100%                -
`)
	stdout, _, _ = f.weir("rollout", "history", "api", "--refused", "-o", "json")
	var h history
	if err := json.Unmarshal([]byte(stdout), &h); err != nil || len(h.Revisions) != 2 || len(h.Refused) != 2 {
		t.Errorf("-o json: %v in %s", err, stdout)
	}
	f.set(func() { f.mu.audit.Entries = f.mu.audit.Entries[:3] }) // and there are more
	if stdout, _, _ := f.weir("rollout", "history", "api", "--refused"); !strings.HasSuffix(stdout, "\nmore was refused before: weir audit\n") {
		t.Errorf("no hint at more in\n%s", stdout)
	}
}
