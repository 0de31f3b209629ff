//go:build !race

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
)

// TestCanaryByCommandLine is the README's canary, by its commands.
func TestCanaryByCommandLine(t *testing.T) {
	t.Parallel()
	_, _, w := canary(t, `rollout: {strategy: canary, steps: [{weight: 10%, hold: 200ms}, {weight: 50%, pause: true}, {weight: 100%}], bake: 500ms}`)
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "cli"})
	w.does("check", w.file)
	w.does("status")
	w.does("rollout", "start", "api", "--to", "v2", "--reason", "release 42")
	w.rolloutIs("paused")
	w.does("rollout", "status", "api")
	w.does("rollout", "promote", "api")
	w.does("rollout", "status", "api", "--watch")
	w.does("rollout", "history", "api")
	if got := w.upstream().Stable; got != "v2" {
		t.Errorf("stable is %s after the rollout, want v2", got)
	}
	w.does("rollout", "undo", "api")
	if u := w.upstream(); u.Stable != "v1" || u.Split["v1"].Share != 1 {
		t.Errorf("after undo: stable %s, split %v, want v1 with everything", u.Stable, u.Split)
	}
	w.does("set-weight", "api", "v1=90", "v2=10", "--reason", "by hand")
	if got := w.share("v2"); got != 0.1 {
		t.Errorf("share of v2 after set-weight is %v, want 0.1", got)
	}
	out := w.does("status", "api", "-o", "json")
	var u upstreamAnswer
	if err := json.Unmarshal([]byte(out), &u); err != nil || u.Split["v2"].Share != 0.1 {
		t.Errorf("status -o json: %v in %s", err, out)
	}
	w.does("reload")
	noFailures(t, l.end())
}

// does is a command that has to succeed; it returns its output.
func (w *weir) does(args ...string) string {
	w.t.Helper()
	stdout, stderr, code := w.cli(args...)
	if code != 0 || stderr != "" || stdout == "" {
		w.t.Fatalf("weir %s: exit %d, stdout %q, stderr %q, want 0, an answer and no error", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

func TestWatchEndsWithOneAfterRevert(t *testing.T) {
	t.Parallel()
	_, v2, w := canary(t, ramp)
	v2.fails(500)
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "watch"})
	w.does("rollout", "start", "api", "--to", "v2")
	stdout, _, code := w.cli("rollout", "status", "api", "--watch")
	if code != 1 || !strings.Contains(stdout, "reverted") {
		t.Errorf("rollout status --watch: exit %d, output %q, want 1 and reverted", code, stdout)
	}
	noFailures(t, l.end())
}

// TestEndpointByCommandLine drains an endpoint and brings it back.
func TestEndpointByCommandLine(t *testing.T) {
	t.Parallel()
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, a.addr, b.addr)}})
	w.does("drain", "api", a.addr, "--wait")
	if e := w.endpoint(a.addr); e.State != "drain" {
		t.Errorf("endpoint after drain: %+v", e)
	}
	noFailures(t, closedLoop(w.web, 4, 50))
	if a.count() != 0 || b.count() != 50 {
		t.Errorf("requests while drained: %d at the endpoint, %d at the other, want 0 and 50", a.count(), b.count())
	}
	w.does("up", "api", a.addr)
	noFailures(t, closedLoop(w.web, 4, 50))
	near(t, "endpoint after up", a.count(), 25, 2)
	w.does("down", "api", b.addr)
	if e := w.endpoint(b.addr); e.State != "down" {
		t.Errorf("endpoint after down: %+v", e)
	}
}

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	_, _, w := canary(t, ramp)
	before := w.upstream().Revision
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"status nowhere", 1, "nowhere"},
		{"set-weight api v1=-1 v2=2", 2, "v1=-1"},
		{"set-weight api v9=1", 1, "v9"},
		{"set-weight api v1=0 v2=0", 1, "0"},
		{"set-weight api", 2, ""},
		{"set-weight api v1=much", 2, "much"},
		{"rollout promote api", 1, "rollout"},
		{"rollout start api --to v9", 1, "v9"},
		{"rollout start api", 2, "to"},
		{"drain api 127.0.0.1:1", 1, "127.0.0.1:1"},
		{"check " + w.file + ".missing", 1, "missing"},
		{"frobnicate", 2, "frobnicate"},
		{"status --frobnicate", 2, "frobnicate"},
	} {
		stdout, stderr, code := w.cli(strings.Fields(c.args)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) || stderr == "" {
			t.Errorf("weir %s: exit %d, stdout %q, stderr %q; want exit %d and %q on standard error only",
				c.args, code, stdout, stderr, c.code, c.says)
		}
	}
	if got := w.upstream().Revision; got != before {
		t.Errorf("revision %d after refused commands, want %d still", got, before)
	}
	if _, stderr, code := w.cli("status", "--admin", "http://"+ground.FreeAddr(t)); code != 1 || stderr == "" {
		t.Errorf("status without a Weir: exit %d, stderr %q, want 1 and a reason", code, stderr)
	}
	if out := w.does("version"); !strings.HasPrefix(out, "weir ") {
		t.Errorf("weir version says %q", out)
	}
}
