package admin

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/proxy/admin/api"
	"weir/proxy/admin/audit"
)

func newAuditRig(t *testing.T) (*rig, *audit.Log) {
	t.Helper()
	log := audit.New(audit.Options{})
	r, _ := newTokenRig(t, func(o *Options) { o.Audit = log })
	return r, log
}

// TestAudit makes changes of every kind and looks what is kept of each.
func TestAudit(t *testing.T) {
	r, log := newAuditRig(t)
	ok := func(action, upstream, target string) api.AuditEntry {
		return api.AuditEntry{
			Author: "ann (bob)", Role: "operate", By: "token", From: "127.0.0.1", Action: action, Upstream: upstream, Target: target,
			Reason: "why", Result: api.ResultOK, Status: 200, Revision: 8,
		}
	}
	group := func(action, target string) api.AuditEntry {
		e := ok(action, "", target)
		e.Group, e.Revision = "shop", 0
		return e
	}
	flag := func(action, target string) api.AuditEntry {
		e := ok(action, "", target)
		e.Flag, e.Revision = fakeFlag().Key, fakeFlag().Revision
		return e
	}
	const u, g, who = "/v1/upstreams/api", "/v1/groups/shop", `"author":"bob","reason":"why"}`
	f := "/v1/flags/" + fakeFlag().Key
	for _, c := range []struct {
		method, path, body string
		want               api.AuditEntry
	}{
		{"PUT", u + "/split", `{"weights":{"v2":10,"v1":89.5},` + who, ok("split", "api", "v1=89.5 v2=10")},
		{"POST", u + "/rollout", `{"to":"v2",` + who, ok("start", "api", "v2")},
		{"POST", u + "/rollout/promote", `{"full":true,` + who, ok("promote", "api", "full")},
		{"POST", u + "/rollout/pause", `{` + who, ok("pause", "api", "")},
		{"POST", u + "/rollout/abort", `{"force":true,` + who, ok("abort", "api", "force")},
		{"POST", u + "/rollout/gates/boss", `{"approve":false,` + who, ok("gate", "api", "boss reject")},
		{"POST", u + "/undo", `{"to_revision":3,"override":true,` + who, ok("undo", "api", "revision 3 override")},
		{"PATCH", u + "/endpoints/127.0.0.1:3001", `{"state":"drain","weight":2,` + who, ok("endpoint", "api", "127.0.0.1:3001 drain weight 2")},
		{"PUT", u + "/read-only", `{"on":true,` + who, ok("read-only", "api", "on")},
		{"POST", g + "/rollout", `{"to":"v2",` + who, group("start", "v2")},
		{"POST", g + "/rollout/resume", `{` + who, group("resume", "")},
		{"POST", g + "/undo", `{` + who, group("undo", "")},
		{"PATCH", f, `{"enabled":true,"variant":"on",` + who, flag("flag", "enabled on")},
		{"PATCH", f, `{"variant":null,` + who, flag("flag", "nobody forced")},
		{"POST", f + "/rollout", `{"to":"on",` + who, flag("start", "on")},
		{"POST", f + "/rollout/promote", `{` + who, flag("promote", "")},
		{"POST", f + "/undo", `{` + who, flag("undo", "")},
		{"POST", "/v1/reload", ``, api.AuditEntry{Author: "ann", Role: "operate", By: "token", From: "127.0.0.1", Action: "reload", Result: api.ResultOK, Status: 200}},
	} {
		if a := r.send(c.method, c.path, c.body, bearer(annToken)...); a.status != 200 {
			t.Fatalf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
		list, _, _ := log.Page(0, audit.Of{}, 1)
		if time.Since(list[0].At) > time.Minute || list[0].ID == 0 {
			t.Errorf("%s %s: %+v without time and number", c.method, c.path, list[0])
		}
		list[0].At, list[0].ID = time.Time{}, 0
		if diff := cmp.Diff(c.want, list[0]); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.path, diff)
		}
	}
}

// Refusals and failures are kept as well, with what was said.
func TestAuditOfRefusals(t *testing.T) {
	r, log := newAuditRig(t)
	last := func() api.AuditEntry {
		list, _, _ := log.Page(0, audit.Of{}, 1)
		if len(list) == 0 {
			return api.AuditEntry{}
		}
		return list[0]
	}
	check := func(what string, status int, result, detail string) {
		t.Helper()
		if e := last(); e.Status != status || e.Result != result || !strings.Contains(e.Detail, detail) || e.Revision != 0 || e.Action != "undo" || e.Upstream != "api" {
			t.Errorf("%s: %+v, want %d, %s, %q", what, e, status, result, detail)
		}
	}
	const undo = "/v1/upstreams/api/undo"
	r.send("POST", undo, "", bearer(viewToken)...)
	check("without the role", 403, api.ResultRefused, "role view: want role operate")
	if e := last(); e.Role != "view" {
		t.Errorf("role %q", e.Role)
	}
	r.send("POST", undo, `{"to_revision":`, bearer(annToken)...)
	check("a bad body", 400, api.ResultRefused, "not JSON")
	r.backend.fail(&Refusal{Stale, "api is at revision 8, not 7"})
	r.send("POST", undo, "", bearer(annToken)...)
	check("refused", 412, api.ResultRefused, "api is at revision 8")
	r.backend.fail(&Refusal{Unavailable, "disk full"})
	r.send("POST", undo, "", bearer(annToken)...)
	check("could not be kept", 503, api.ResultFailed, "disk full")

	r.backend.fail(&Refusal{Invalid, strings.Repeat("weir.yaml:1:2: listeners: what is wrong\n", 1000)})
	r.send("POST", undo, "", bearer(annToken)...)
	check("a long list of faults", 422, api.ResultRefused, "weir.yaml:1:2: listeners")

	before := last().ID
	r.send("POST", undo, "")
	r.send("POST", undo, "", bearer("guess-0123456789")...)
	r.send("POST", undo, "", append(bearer(annToken), "Origin", "http://evil.example")...)
	r.send("GET", "/v1/status", "", bearer(annToken)...)
	r.send("DELETE", "/v1/status", "", bearer(annToken)...)
	if e := last(); e.ID != before {
		t.Errorf("kept of one who has not said who he is, or changes nothing: %+v", e)
	}

	r.send("PATCH", "/v1/upstreams/"+url.PathEscape("a\x1b[2Jb")+"/endpoints/"+url.PathEscape("x\x07"), `{"state":"\u001b[31m"}`, bearer(annToken)...)
	if e := last(); e.Upstream != `"a\x1b[2Jb"` || e.Target != `"x\a \x1b[31m"` {
		t.Errorf("what steers a terminal is kept as it is: %+v", e)
	}
}

// What ends in a bug may have been done.
func TestAuditOfAPanic(t *testing.T) {
	log := audit.New(audit.Options{})
	h := New(Options{Backend: &panickingBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Audit: log})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "http://localhost/v1/upstreams/api/undo", nil))
	}()
	list, _, _ := log.Page(0, audit.Of{}, 1)
	if len(list) != 1 || list[0].Action != "undo" || list[0].Result != api.ResultFailed || list[0].Status != 0 || !strings.Contains(list[0].Detail, "whether it was done is unknown") {
		t.Errorf("%+v", list)
	}
}

func TestAuditOfLinks(t *testing.T) {
	r, log := newAuditRig(t)
	r.send("POST", "/approve/good", "answer=approve&author=cat&reason=fine", "Content-Type", "application/x-www-form-urlencoded")
	list, _, _ := log.Page(0, audit.Of{}, 10)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	list[0].At = time.Time{}
	want := api.AuditEntry{ID: 1, Author: "a link (cat)", Role: "link", By: "link", From: "127.0.0.1", Action: "gate", Upstream: "api", Target: "boss approve", Reason: "fine", Result: "ok", Status: 200}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.send("POST", "/approve/made-up", "answer=approve", "Content-Type", "application/x-www-form-urlencoded")
	if list, _, _ := log.Page(0, audit.Of{}, 10); len(list) != 1 {
		t.Errorf("a link that somebody made up is kept: %+v", list)
	}
}

func TestGetAudit(t *testing.T) {
	r, log := newAuditRig(t)
	if a := r.send("GET", "/v1/audit", "", bearer(viewToken)...); a.status != 200 || a.body != `{"entries":[]}`+"\n" {
		t.Errorf("an empty log: %d %s", a.status, a.body)
	}
	for range 5 {
		log.Add(api.AuditEntry{Action: "split", Upstream: "api", Result: api.ResultOK})
		log.Add(api.AuditEntry{Action: "reload", Result: api.ResultOK})
	}
	c, err := api.NewClient(r.address)
	if err != nil {
		t.Fatal(err)
	}
	c = c.WithToken(viewToken)
	page, err := c.Audit(t.Context(), api.AuditQuery{Limit: 3, Upstream: "api"})
	if err != nil || len(page.Entries) != 3 || page.Entries[0].ID != 9 || page.Next != 5 {
		t.Errorf("the first page: %+v, %v", page, err)
	}
	page, err = c.Audit(t.Context(), api.AuditQuery{Limit: 3, Before: page.Next, Upstream: "api"})
	if err != nil || len(page.Entries) != 2 || page.Entries[0].ID != 3 || page.Next != 0 {
		t.Errorf("the last page: %+v, %v", page, err)
	}
	log.Add(api.AuditEntry{Action: "start", Group: "shop", Result: api.ResultOK})
	log.Add(api.AuditEntry{Action: "start", Group: "other", Result: api.ResultOK})
	if page, err = c.Audit(t.Context(), api.AuditQuery{Limit: 1, Upstream: "api"}); err != nil || len(page.Entries) != 1 || page.Entries[0].Group != "shop" {
		t.Errorf("of an upstream without its group's: %+v, %v", page, err)
	}
	log.Add(api.AuditEntry{Action: "flag", Flag: "new-checkout", Result: api.ResultOK})
	log.Add(api.AuditEntry{Action: "flag", Flag: "old", Result: api.ResultOK})
	if page, err = c.Audit(t.Context(), api.AuditQuery{Flag: "new-checkout"}); err != nil || len(page.Entries) != 1 || page.Entries[0].Flag != "new-checkout" {
		t.Errorf("of a flag: %+v, %v", page, err)
	}
	for query, want := range map[string]string{
		"limit=0": `limit: "0": want one whole number from 1 to 1000`, "limit=1001": "limit:", "limit=x": "limit:", "before=0": `before: "0": want one whole number from 1`, "before=-1": "before:",
		"upstream=api&flag=old": "both upstream and flag: want one of them",
	} {
		r.refused(r.send("GET", "/v1/audit?"+query, "", bearer(viewToken)...), 422, want)
	}
	if a := newRig(t, nil).send("GET", "/v1/audit", ""); a.status != 200 || a.body != `{"entries":[]}`+"\n" {
		t.Errorf("without a log: %d %s", a.status, a.body)
	}
}
