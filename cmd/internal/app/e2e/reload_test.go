//go:build !race

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Promise: a bad file is refused with file, line and column, and changes nothing.
func TestRefusedFileChangesNothing(t *testing.T) {
	t.Parallel()
	v1, v2, w := pair(t, 90, 10)
	good := w.yaml(conf{versions: []version{one("v1", 90, v1.addr), one("v2", 10, v2.addr)}})
	before := w.upstream()
	for name, c := range map[string]struct{ old, new, says string }{
		"unknown key":      {"expose_version", "expose_versoin", "expose_version"},
		"missing flags":    {"upstreams:", "flags: {files: [flags.json]}\nupstreams:", "no such file"},
		"unknown stable":   {"stable: v1", "stable: v7", "v7"},
		"negative weight":  {"weight: 10,", "weight: -10,", "-10"},
		"no port":          {v1.addr, "127.0.0.1", "port"},
		"not YAML":         {"upstreams:", "upstreams: [", ""},
		"unknown upstream": {"upstream: api", "upstream: other", "other"},
	} {
		w.writeText(strings.Replace(good, c.old, c.new, 1))
		status, p := w.call("POST", "/v1/reload", "", nil)
		place := regexp.MustCompile(regexp.QuoteMeta(filepath.Base(w.file)) + `:\d+:\d+: `)
		if status != http.StatusUnprocessableEntity || !place.MatchString(p.Detail) || !strings.Contains(p.Detail, c.says) {
			t.Errorf("%s: reload answered %d %q, want 422 with FILE:LINE:COL and %q", name, status, p.Detail, c.says)
		}
		_, stderr, code := w.cli("check", w.file)
		if code != 1 || !place.MatchString(stderr) || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: weir check exits %d with %q, want 1 with the same lines", name, code, stderr)
		}
		if !strings.Contains(w.metrics(), "\nweir_config_reload_success 0\n") {
			t.Errorf("%s: the metrics do not say that the reload failed", name)
		}
	}
	if u := w.upstream(); u.Revision != before.Revision || u.Split["v2"].Share != 0.1 {
		t.Errorf("after refused files: revision %d, split %v, want %d and 0.1", u.Revision, u.Split, before.Revision)
	}
	noFailures(t, closedLoop(w.web, 4, 100))
	w.writeText(good)
	w.must("POST", "/v1/reload", "", nil)
	if !strings.Contains(w.metrics(), "\nweir_config_reload_success 1\n") {
		t.Error("the metrics do not say that the last reload succeeded")
	}
}

func TestRefusedFileDoesNotStart(t *testing.T) {
	t.Parallel()
	w := newWeir(t)
	w.writeText("listeners: []\nupstreams: {api: {stabel: v1}}\n")
	_, stderr, code := w.cli("run", "-c", w.file)
	if code != 1 || !regexp.MustCompile(`weir\.yaml:\d+:\d+: .*did you mean`).MatchString(stderr) {
		t.Errorf("weir run with a bad file exits %d with %q, want 1, the place and a suggestion", code, stderr)
	}
}

// Promise: the file is read again when it changes, however it is replaced.
func TestFileIsWatched(t *testing.T) {
	t.Parallel()
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	with := func(x *backend) conf { return conf{versions: []version{one("v1", 100, x.addr)}} }
	w.run(with(a))
	serves := func(x *backend) {
		t.Helper()
		w.eventually("the new file is in force", func() bool { return w.endpoint(x.addr).Address == x.addr })
	}
	w.write(with(b)) // renamed over
	serves(b)
	if err := os.WriteFile(w.file, []byte(w.yaml(with(a))), 0o644); err != nil { // written in place
		t.Fatal(err)
	}
	serves(a)
	w.stop()
}

// Promise: SIGHUP reads the file again, also when nothing in it is new, and is
// not the end.
func TestHangupReloads(t *testing.T) {
	t.Parallel()
	a, w := newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, a.addr)}})
	reloaded := func() time.Time {
		var s struct{ Reload struct{ At time.Time } }
		w.must("GET", "/v1/status", "", &s)
		return s.Reload.At
	}
	before := reloaded()
	w.signal(syscall.SIGHUP)
	w.eventually("a reload by SIGHUP", func() bool { return reloaded().After(before) })
	noFailures(t, closedLoop(w.web, 2, 20))
	w.stop()
}

// As Kubernetes mounts a ConfigMap: the file is a link into a folder whose link
// is swapped.
func TestSwappedSymlinkIsSeen(t *testing.T) {
	t.Parallel()
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	put := func(folder string, x *backend) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(w.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		text := w.yaml(conf{versions: []version{one("v1", 100, x.addr)}, noState: true})
		if err := os.WriteFile(filepath.Join(w.dir, folder, "weir.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		next := filepath.Join(w.dir, "..data_tmp")
		if err := os.Symlink(folder, next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(w.dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	put("..first", a)
	if err := os.Symlink("..data/weir.yaml", w.file); err != nil {
		t.Fatal(err)
	}
	w.start()
	put("..second", b)
	w.eventually("the new file is in force", func() bool { return w.endpoint(b.addr).Address == b.addr })
}

// Promise: the file replaces runtime's split only when the file's split changed.
func TestFileAndRuntime(t *testing.T) {
	t.Parallel()
	v1, v2, v3, w := newBackend(t), newBackend(t), newBackend(t), newWeir(t)
	file := func(weight2 float64, first ...string) conf {
		return conf{versions: []version{one("v1", 100-weight2, first...), one("v2", weight2, v2.addr)}}
	}
	w.run(file(10, v1.addr))
	w.split(`{"v1":60,"v2":40}`)
	w.write(file(10, v1.addr, v3.addr)) // another endpoint, the same split
	w.must("POST", "/v1/reload", "", nil)
	if u := w.upstream(); u.Split["v2"].Share != 0.4 || w.endpoint(v3.addr).Address == "" {
		t.Errorf("after a file with the old split and a new endpoint: %+v, want the operator's 0.4 and the endpoint", u)
	}
	w.write(file(20, v1.addr, v3.addr))
	w.must("POST", "/v1/reload", "", nil)
	if got := w.share("v2"); got != 0.2 {
		t.Errorf("after a file with a new split: share %v, want 0.2", got)
	}
	if h := w.history(); h[0].Source != "file" {
		t.Errorf("newest revision is by %q, want file", h[0].Source)
	}
	w.stop()
	w.start()
	if got := w.share("v2"); got != 0.2 {
		t.Errorf("after a restart: share %v, want 0.2", got)
	}
}

// Promise: while a rollout runs, a file that touches its split is refused whole.
func TestFileDuringRollout(t *testing.T) {
	t.Parallel()
	v1, v2, w := canary(t, ramp)
	w.startRollout("v2")
	file := func(weight2 float64, first ...string) {
		w.write(conf{versions: []version{one("v1", 100-weight2, first...), one("v2", weight2, v2.addr)}, extra: ramp})
	}
	extra := newBackend(t)
	file(30, v1.addr, extra.addr)
	if status, p := w.call("POST", "/v1/reload", "", nil); status < 400 || status >= 500 || p.Detail == "" {
		t.Errorf("reload with another split during a rollout: %d %+v, want a refusal with its reason", status, p)
	}
	if w.share("v2") != 0.1 || w.endpoint(extra.addr).Address != "" {
		t.Errorf("the refused file changed something: %+v", w.upstream())
	}
	if status, _ := w.call("PUT", "/v1/upstreams/api/split", `{"weights":{"v1":50,"v2":50}}`, nil); status != http.StatusConflict {
		t.Errorf("PUT split during a rollout: %d, want 409", status)
	}
	file(0, v1.addr, extra.addr)
	w.must("POST", "/v1/reload", "", nil)
	if w.share("v2") != 0.1 || w.endpoint(extra.addr).Address == "" {
		t.Errorf("a file with the split of before was not taken: %+v", w.upstream())
	}
}

// Promise: a version that comes with a reload gets its share when its checks have
// passed, however long they take; not knowing yet is not being unusable.
func TestAddedVersionWaitsForItsChecks(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	const checks = "health: {active: {path: /health, interval: 3s, timeout: 500ms, rise: 3, fall: 3}}" // 6 s and more, unusable_for is 5 s
	w.run(conf{versions: []version{one("v1", 90, v1.addr)}, extra: checks})
	w.write(conf{versions: []version{one("v1", 90, v1.addr), one("v2", 10, v2.addr)}, extra: checks})
	w.eventually("v2's checks have passed", func() bool {
		u := w.upstream()
		return len(u.Versions) == 2 && w.endpoint(v2.addr).Health == "up"
	})
	if got := w.share("v2"); got != 0.1 {
		t.Errorf("share of v2 is %v once it is well, want 0.1", got)
	}
	w.eventually("v2 gets requests", func() bool {
		noFailures(t, closedLoop(w.web, 1, 20))
		return v2.count() > 0
	})
}
