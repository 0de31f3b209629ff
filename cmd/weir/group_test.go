package main

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

const changedGroup = `shop: rollout r1 (canary) v1 to v2, step 2 of 4, v2 at 10%: progressing: step 2 began
  api: revision 7, stable v1, v1=90% v2=10%
  web: revision 7, stable v1, v1=90% v2=10%
`

func TestGroupCommands(t *testing.T) {
	f := newFakeAdmin(t)
	for _, c := range []struct{ args, request string }{
		{"rollout start shop --to v2 --reason why", `POST /v1/groups/shop/rollout {"reason":"why","to":"v2"}`},
		{"rollout promote shop --full", `POST /v1/groups/shop/rollout/promote {"full":true}`},
		{"rollout pause shop", `POST /v1/groups/shop/rollout/pause {}`},
		{"rollout resume shop", `POST /v1/groups/shop/rollout/resume {}`},
		{"rollout abort shop", `POST /v1/groups/shop/rollout/abort {}`},
		{"rollout undo shop --override --reason why", `POST /v1/groups/shop/undo {"override":true,"reason":"why"}`},
		{"rollout undo shop", `POST /v1/groups/shop/undo {}`},
	} {
		stdout, stderr, code := f.weir(strings.Fields(c.args)...)
		if got := f.lastWrite(); code != 0 || stderr != "" || got != c.request {
			t.Errorf("%s: exit %d, stderr %q, request %s, want %s", c.args, code, stderr, got, c.request)
		}
		wantOutput(t, stdout, changedGroup)
		stdout, _, _ = f.weir(append(strings.Fields(c.args), "-o", "json")...)
		var g api.Group
		if err := json.Unmarshal([]byte(stdout), &g); err != nil || g.Name != "shop" {
			t.Errorf("%s -o json: %v in %s", c.args, err, stdout)
		}
	}
}

// The gates of a group are its first upstream's.
func TestGatesOfAGroup(t *testing.T) {
	f := newFakeAdmin(t)
	_, stderr, code := f.weir("rollout", "approve", "shop", "people")
	if got, want := f.lastWrite(), `POST /v1/upstreams/api/rollout/gates/people {"approve":true}`; code != 0 || stderr != "" || got != want {
		t.Errorf("approve: exit %d, stderr %q, request %s, want %s", code, stderr, got, want)
	}
}

func TestGroupStatus(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("rollout", "status", "shop")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{
		"rollout:    r1\n", "waits for:  hold: 3s to go\n",
		"\n  api: progressing, waits for hold: 3s to go: step 2 began\n  web: progressing, waits for api, which moves the group: step 2 began\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	f.set(func() { f.mu.rollout = func(int) api.Rollout { return *someRollout(api.RolloutReverted) } })
	stdout, stderr, code = f.weir("rollout", "status", "shop", "--watch")
	if code != 1 || !strings.Contains(stdout, "reverted") || !strings.HasPrefix(stderr, "rollout r1 of shop was reverted") {
		t.Errorf("watch: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// The status of a group is its upstreams'.
func TestStatusOfAGroup(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("status", "shop")
	if code != 0 || !strings.Contains(stdout, "api: revision") || !strings.Contains(stdout, "\nweb: revision") {
		t.Errorf("exit %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}

// TestNeitherUpstreamNorGroup: what is not there is told as before.
func TestNeitherUpstreamNorGroup(t *testing.T) {
	f := newFakeAdmin(t)
	_, stderr, code := f.weir("rollout", "abort", "shopp")
	if code != 1 || !strings.HasPrefix(stderr, "upstream shopp/rollout/abort does not exist") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}
