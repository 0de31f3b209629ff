//go:build !race

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// audited looks whether the changes before are kept: in the file, by the API, and with
// the revision.
func (w *weir) audited(token string) {
	w.t.Helper()
	var a struct {
		Entries []struct {
			ID, Status, Revision                                 uint64
			Author, Role, From, Action, Upstream, Target, Result string
		}
	}
	w.call("GET", "/v1/audit?upstream=api", "", &a, "Authorization", "Bearer "+token)
	if len(a.Entries) != 3 {
		w.t.Fatalf("the audit log has %+v, want a change and two that were refused", a.Entries)
	}
	if e := a.Entries[0]; e.Action != "split" || e.Target != "v1=90 v2=10" || e.Result != "ok" || e.From != "127.0.0.1" || !strings.HasPrefix(e.Author, "ann (") || e.Revision != 2 {
		w.t.Errorf("the change: %+v", e)
	}
	if e := a.Entries[2]; e.Role != "view" || e.Result != "refused" || e.Status != 403 {
		w.t.Errorf("what was refused: %+v", e)
	}
	data, err := os.ReadFile(filepath.Join(w.dir, "state", "audit.log"))
	if err != nil || strings.Count(string(data), "\n") != 3 {
		w.t.Errorf("the file has %s (%v)", data, err)
	}
	var h struct{ Revisions []struct{ From string } }
	w.call("GET", "/v1/upstreams/api/history", "", &h, "Authorization", "Bearer "+token)
	if h.Revisions[0].From != "127.0.0.1" {
		w.t.Errorf("the revision is from %q", h.Revisions[0].From)
	}
}

// TestUnixSocket reaches the API by a socket that is its owner's, without any token.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	w := newWeir(t)
	w.writeText(strings.Replace(w.yaml(conf{versions: []version{one("v1", 100, b.addr)}}), "admin: {address: \""+w.admin+"\"}", "admin: {address: \"unix:weir.sock\"}", 1))
	w.launch()
	socket := "unix:" + filepath.Join(w.dir, "weir.sock")
	w.eventually("the socket", func() bool { _, _, code := w.cli("status", "--ready", "--admin", socket); return code == 0 })
	w.does("reload", "--admin", socket)
	w.kill() // leaves the socket
	w.launch()
	w.eventually("the socket again", func() bool { _, _, code := w.cli("status", "--ready", "--admin", socket); return code == 0 })
	w.stop()
	if _, err := os.Lstat(filepath.Join(w.dir, "weir.sock")); err == nil {
		t.Error("the socket is still there after the end")
	}
	if _, stderr, code := w.cli("status", "--admin", socket); code != 1 || !strings.HasPrefix(stderr, "no answer from the admin API at "+socket) {
		t.Errorf("weir status without a socket: exit %d, %q", code, stderr)
	}
}

// TestTokens runs Weir on every address with tokens: what each may do by API and
// command line, whose name history has, and that a changed file is in force.
func TestTokens(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	w := newWeir(t)
	const view, operate, next = "view-0123456789abcdef", "operate-0123456789abcdef", "next-0123456789abcdef"
	file := func(name, content string) string {
		path := filepath.Join(w.dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tokens := file("tokens", "view:"+view+"\noperate:"+operate+":ann\n")
	asView, asAnn, asNext := file("view", view), file("ann", operate+"\n"), file("next", next)
	_, port, _ := strings.Cut(w.admin, ":")
	conf := strings.Replace(w.yaml(conf{versions: []version{one("v1", 100, b.addr), one("v2", 0, b.addr)}}),
		"admin: {address: \""+w.admin+"\"}", "admin: {address: \":"+port+"\", tokens_file: tokens}", 1)
	w.writeText(conf)
	w.start()

	if status, _ := w.call("GET", "/v1/status", "", nil); status != 401 {
		t.Errorf("without a token: %d, want 401", status)
	}
	if status, _ := w.call("PUT", "/v1/upstreams/api/split", `{"weights":{"v1":1,"v2":1}}`, nil, "Authorization", "Bearer "+view); status != 403 {
		t.Errorf("a write as view: %d, want 403", status)
	}
	if _, stderr, code := w.cli("status"); code != 1 || !strings.Contains(stderr, "want a token") {
		t.Errorf("weir status without a token: exit %d, %q", code, stderr)
	}
	w.does("status", "--token-file", asView)
	if _, stderr, code := w.cli("set-weight", "api", "v1=90", "v2=10", "--token-file", asView); code != 1 || stderr != "role view: want role operate\n" {
		t.Errorf("weir set-weight as view: exit %d, %q", code, stderr)
	}
	w.does("set-weight", "api", "v1=90", "v2=10", "--token-file", asAnn)
	if out := w.does("rollout", "history", "api", "--token-file", asView); !strings.Contains(out, "ann (") || !strings.Contains(out, ") from 127.0.0.1") {
		t.Errorf("history without the token's name:\n%s", out)
	}
	var s struct{ You struct{ Author, Role string } }
	if w.call("GET", "/v1/status", "", &s, "Authorization", "Bearer "+operate); s.You.Author != "ann" || s.You.Role != "operate" {
		t.Errorf("you are %+v", s.You)
	}

	w.audited(operate)

	file("tokens.next", "operate:"+next+":bob\n")
	if err := os.Rename(tokens+".next", tokens); err != nil {
		t.Fatal(err)
	}
	w.eventually("the new token", func() bool { _, _, code := w.cli("status", "--token-file", asNext); return code == 0 })
	if status, _ := w.call("GET", "/v1/status", "", nil, "Authorization", "Bearer "+operate); status != 401 {
		t.Errorf("a token that was taken out: %d, want 401", status)
	}
	w.stop()
	log, err := os.ReadFile(w.logFile())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{view, operate, next} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log has a token")
		}
	}
}
