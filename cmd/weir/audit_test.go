package main

import (
	"encoding/json"
	"testing"

	"weir/proxy/admin/api"
)

func TestAudit(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("audit", "api")
	if code != exitOK || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `
ID  AT                   WHO  ROLE     FROM       WHAT                                   RESULT   WHY
8   2025-03-04 05:06:07  ann  operate  127.0.0.1  split api v1=90 v2=1                   refused  a rollout is on
7   2025-03-04 05:06:07  -    -        file       reload                                 ok       more
6   2025-03-04 05:06:07  -    -        weir       rollout new-checkout as the file says  ok       worse
there are more: --before 7
`)
	stdout, _, _ = f.weir("audit", "-o", "json")
	var a api.Audit
	if err := json.Unmarshal([]byte(stdout), &a); err != nil || len(a.Entries) != 3 {
		t.Errorf("-o json: %v in %s", err, stdout)
	}
	if _, stderr, code := f.weir("audit", "api", "--flag", "new-checkout"); code != exitUsage {
		t.Errorf("of two things: exit %d, %s, want %d", code, stderr, exitUsage)
	}
	if _, _, code := f.weir("audit", "--limit", "0"); code != exitUsage {
		t.Errorf("--limit 0: exit %d, want %d", code, exitUsage)
	}
}
