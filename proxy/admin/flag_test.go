package admin

import (
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

func TestFlags(t *testing.T) {
	r := newRig(t, nil)
	c, err := api.NewClient("http://" + r.address)
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Flags(t.Context())
	if err != nil || len(all) != 1 || all[0].Key != "new-checkout" || *all[0].Variant != "on" || string(all[0].Variants[0].Value) != "true" {
		t.Fatalf("flags %+v, %v", all, err)
	}
	if _, err := c.Flag(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a flag that is none: %v", err)
	}
	for key, want := range map[string]string{"new-checkout": `"3"`, "untouched": ""} {
		if got := r.send("GET", "/v1/flags/"+key, "").header.Get("ETag"); got != want {
			t.Errorf("%s: ETag %s, want %s, which If-Match takes", key, got, want)
		}
	}
	h, err := c.FlagHistoryPage(t.Context(), "new-checkout", api.Page{Limit: 1})
	if err != nil || len(h.Revisions) != 1 || h.Revisions[0].Author != "ann" {
		t.Errorf("history %+v, %v", h, err)
	}
	e, err := c.EvaluateFlag(t.Context(), "new-checkout", api.EvaluateRequest{Context: map[string]any{"targetingKey": "ann"}})
	if err != nil || *e.Variant != "on" || e.Reason != "OF ann" || e.Explanation != nil {
		t.Errorf("evaluated: %+v, %v", e, err)
	}
	e, err = c.EvaluateFlag(t.Context(), "new-checkout", api.EvaluateRequest{Explain: true})
	if err != nil || e.Explanation == nil || !e.Explanation.Rule[0].Decided {
		t.Errorf("explained: %+v, %v", e, err)
	}
}

// TestWhoMayExplain: rules name people, and a token of role evaluate may be in a page.
func TestWhoMayExplain(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	for token, want := range map[string]int{viewToken: 200, operateToken: 200, evaluateToken: 403} {
		if a := r.send("POST", "/v1/flags/new-checkout/evaluate", `{"explain": true}`, bearer(token)...); a.status != want {
			t.Errorf("%s: %d, want %d: %s", token, a.status, want, a.body)
		}
		if a := r.send("POST", "/v1/flags/new-checkout/evaluate", `{}`, bearer(token)...); a.status != 200 {
			t.Errorf("%s, without: %d %s", token, a.status, a.body)
		}
	}
}

func TestWritesToFlags(t *testing.T) {
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string // that the backend gets; "": nothing
	}{
		{"PATCH", "/v1/flags/new-checkout", `{"enabled": false}`, 200, `flag new-checkout enabled=false variant=false ""`},
		{"PATCH", "/v1/flags/new-checkout", `{"variant": "off", "reason": "x", "author": "ann"}`, 200, `flag new-checkout enabled=nil variant=true "off"`},
		{"PATCH", "/v1/flags/new-checkout", `{"variant": null}`, 200, `flag new-checkout enabled=nil variant=true ""`},
		{"PATCH", "/v1/flags/new-checkout", `{"enabled": null}`, 422, ""},
		{"PATCH", "/v1/flags/new-checkout", `{}`, 422, ""},
		{"PATCH", "/v1/flags/new-checkout", `{"variant": 1}`, 422, ""},
		{"PATCH", "/v1/flags/new-checkout", `{"state": "x"}`, 422, ""},
		{"PATCH", "/v1/flags/new-checkout", ``, 400, ""},
		{"PUT", "/v1/flags/new-checkout", `{}`, 405, ""},
		{"POST", "/v1/flags/new-checkout/undo", ``, 200, "undo flag new-checkout to=0"},
		{"POST", "/v1/flags/new-checkout/undo", `{"to_revision": 2}`, 200, "undo flag new-checkout to=2"},
		{"POST", "/v1/flags/new-checkout/undo", `{"to_revision": 0}`, 422, ""},
		{"POST", "/v1/flags/new-checkout/undo", `{"override": true, "reason": "x"}`, 422, ""},
		{"POST", "/v1/flags/new-checkout/evaluate", `{"context": {"a": {"b": null}, "c": [null], "d": null}}`, 200, ""},
		{"POST", "/v1/flags/new-checkout/evaluate", `{"context": {"a": 1, "a": 2}}`, 422, ""},
		{"POST", "/v1/flags/new-checkout/evaluate", `{"context": [null]}`, 422, ""},
		{"POST", "/v1/flags/other/evaluate", `{}`, 404, ""},
		{"GET", "/v1/flags/new-checkout/rollout", "", 404, ""},
		{"GET", "/v1/flags/new-checkout/rollout/plan?to=on", "", 404, ""}, // as the fake knows upstreams alone
		{"GET", "/v1/flags/api/rollout/plan?to=v2", "", 200, ""},
		{"POST", "/v1/flags/new-checkout/rollout", `{"to": "on", "id": "x", "reason": "y"}`, 200, "start flag new-checkout to=on id=x"},
		{"POST", "/v1/flags/new-checkout/rollout", ``, 200, "start flag new-checkout to= id="},
		{"POST", "/v1/flags/new-checkout/rollout", `{"two": "on"}`, 422, ""},
		{"POST", "/v1/flags/new-checkout/rollout/promote", `{"full": true}`, 200, "promote flag new-checkout full=true"},
		{"POST", "/v1/flags/new-checkout/rollout/pause", `{"full": true}`, 422, ""},
		{"POST", "/v1/flags/new-checkout/rollout/resume", ``, 200, "resume flag new-checkout full=false"},
		{"POST", "/v1/flags/new-checkout/rollout/abort", `{"reason": "it fails"}`, 200, "abort flag new-checkout full=false"},
		{"POST", "/v1/flags/new-checkout/rollout/abort", `{"force": true}`, 422, ""},
		{"DELETE", "/v1/flags/new-checkout/rollout", ``, 405, ""},
	} {
		r := newRig(t, nil)
		if a := r.send(tt.method, tt.path, tt.body); a.status != tt.status {
			t.Errorf("%s %s %s: %d, want %d: %s", tt.method, tt.path, tt.body, a.status, tt.status, a.body)
		}
		if call, _ := r.backend.last(); call != tt.want {
			t.Errorf("%s %s %s: the backend got %q, want %q", tt.method, tt.path, tt.body, call, tt.want)
		}
	}
}
