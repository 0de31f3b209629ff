package admin

import (
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

func TestGroups(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"/v1/groups", "/v1/groups/shop", "/v1/groups/shop/rollout"} {
		a := r.send("GET", path, "")
		if a.status != 200 || !strings.Contains(a.body, `"id":"r1"`) || !strings.Contains(a.body, `"parts":[{"upstream":"api","rollout":{"id":"r1"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		r.refused(r.send("DELETE", path, ""), 405, "want GET, HEAD")
	}
	for _, path := range []string{"/v1/groups/x", "/v1/groups/x/rollout"} {
		r.refused(r.send("GET", path, ""), 404, "group x does not exist")
	}
	for _, c := range []struct{ path, body, want string }{
		{"/rollout", `{"to":"v2","strategy":"canary","id":"X"}`, "rollout shop to=v2 strategy=canary id=X"},
		{"/rollout/promote", `{"full":true}`, "promote shop full=true"},
		{"/rollout/pause", ``, "pause shop full=false"},
		{"/rollout/resume", `{}`, "resume shop full=false"},
		{"/rollout/abort", ``, "abort shop full=false"},
		{"/undo", ``, "undo shop"},
	} {
		a := r.send("POST", "/v1/groups/shop"+c.path, c.body)
		if got, _ := r.backend.last(); a.status != 200 || got != c.want || !strings.Contains(a.body, `"name":"shop"`) {
			t.Errorf("%s %s: %d %s, backend got %q, want %q", c.path, c.body, a.status, a.body, got, c.want)
		}
		body := strings.TrimSuffix(c.body, "}")
		if strings.Contains(body, ":") {
			body += ","
		}
		r.send("POST", "/v1/groups/shop"+c.path, "{"+strings.TrimPrefix(body, "{")+`"author":"ann","reason":"why"}`)
		if _, m := r.backend.last(); m != (Meta{Author: "ann", Reason: "why", From: "127.0.0.1"}) {
			t.Errorf("%s: %+v", c.path, m)
		}
		r.refused(r.send("POST", "/v1/groups/shop"+c.path, c.body, "If-Match", `"7"`), 412, "a group has no revision")
		r.refused(r.send("POST", "/v1/groups/shop"+c.path, `{"x":1}`), 422, `key "x": unknown`)
		r.refused(r.send("PUT", "/v1/groups/shop"+c.path, c.body), 405, "POST")
	}
	r.refused(r.send("POST", "/v1/groups/shop/rollout", ""), 400, "")
	r.refused(r.send("POST", "/v1/groups/shop/rollout/pause", `{"full":true}`), 422, "only promote can be full")
	r.refused(r.send("POST", "/v1/groups/shop/rollout/pause", `{"force":true}`), 422, "only abort can be forced")
	r.refused(r.send("POST", "/v1/groups/shop/undo", `{"override":true}`), 422, "want a reason")
	for path, body := range map[string]string{"/rollout/abort": `{"force":true}`, "/undo": `{"override":true,"reason":"why"}`} {
		r.send("POST", "/v1/groups/shop"+path, body)
		if _, m := r.backend.last(); !m.Override {
			t.Errorf("%s %s: %+v, want it past what guards the database", path, body, m)
		}
	}
	r.refused(r.send("POST", "/v1/groups/shop/undo", `{"to_revision":1}`), 422, "a revision is one upstream's")
	r.backend.fail(&Refusal{Conflict, "busy"})
	r.refused(r.send("POST", "/v1/groups/shop/undo", ""), 409, "busy")
}

func TestClientOfGroups(t *testing.T) {
	r := newRig(t, nil)
	c, err := api.NewClient(r.address)
	if err != nil {
		t.Fatal(err)
	}
	if g, err := c.Groups(t.Context()); err != nil || len(g) != 1 || g[0].Name != "shop" {
		t.Errorf("Groups = %+v, %v", g, err)
	}
	if g, err := c.Group(t.Context(), "shop"); err != nil || g.Rollout == nil || g.Rollout.ID != "r1" || g.Rollout.Parts[0].Upstream != "api" {
		t.Errorf("Group = %+v, %v", g, err)
	}
	if ro, err := c.GroupRollout(t.Context(), "shop"); err != nil || ro.State != api.RolloutReverted {
		t.Errorf("GroupRollout = %+v, %v", ro, err)
	}
	if g, err := c.StartGroupRollout(t.Context(), "shop", api.RolloutRequest{To: "v2"}); err != nil || g.Name != "shop" {
		t.Errorf("StartGroupRollout = %+v, %v", g, err)
	}
	if _, err := c.CommandGroup(t.Context(), "shop", api.Promote, api.VerbRequest{Full: true}); err != nil {
		t.Error(err)
	}
	if got, _ := r.backend.last(); got != "promote shop full=true" {
		t.Errorf("the backend got %q", got)
	}
	if _, err := c.UndoGroup(t.Context(), "shop", api.UndoRequest{}); err != nil {
		t.Error(err)
	}
}
