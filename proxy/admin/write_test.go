package admin

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestWrites(t *testing.T) {
	r := newRig(t, nil)
	for _, c := range []struct{ method, path, body, want string }{
		{"PUT", "/v1/upstreams/api/split", `{"weights":{"v1":1,"v2":2.5}}`, "split api map[v1:1 v2:2.5]"},
		{"PUT", "/v1/upstreams/api/split", `{"weights":{"v2":0.1}}`, "split api map[v2:0.1]"},
		{"PUT", "/v1/upstreams/api/split", `{"weights":{"v1":0,"v2":200}}`, "split api map[v1:0 v2:200]"},
		{"POST", "/v1/upstreams/api/rollout", `{"to":"v2","strategy":"canary","id":"X"}`, "rollout api to=v2 strategy=canary id=X"},
		{"POST", "/v1/upstreams/api/rollout/promote", ``, "promote api full=false"},
		{"POST", "/v1/upstreams/api/rollout/promote", ` `, "promote api full=false"},
		{"POST", "/v1/upstreams/api/rollout/promote", `{"full":true}`, "promote api full=true"},
		{"POST", "/v1/upstreams/api/rollout/pause", `{}`, "pause api full=false"},
		{"POST", "/v1/upstreams/api/rollout/resume", ``, "resume api full=false"},
		{"POST", "/v1/upstreams/api/rollout/abort", ``, "abort api full=false"},
		{"POST", "/v1/upstreams/api/undo", ``, "undo api to=0"},
		{"POST", "/v1/upstreams/api/undo", `{}`, "undo api to=0"},
		{"POST", "/v1/upstreams/api/undo", `{"to_revision":3}`, "undo api to=3"},
		{"POST", "/v1/upstreams/api/undo", `{"to_revision":null}`, "undo api to=0"},
		{"PATCH", "/v1/upstreams/api/endpoints/127.0.0.1:3001", `{"state":"drain"}`, "endpoint api 127.0.0.1:3001 state=drain weight=-1 version="},
		{"PATCH", "/v1/upstreams/api/endpoints/%5B::1%5D:3001", `{"weight":0,"version":"v1"}`, "endpoint api [::1]:3001 state=- weight=0 version=v1"},
	} {
		a := r.send(c.method, c.path, c.body)
		if got, _ := r.backend.last(); a.status != 200 || got != c.want {
			t.Errorf("%s %s %s: %d, backend got %q, want %q", c.method, c.path, c.body, a.status, got, c.want)
		}
		if a.header.Get("ETag") != `"8"` || !strings.Contains(a.body, `"revision":8`) {
			t.Errorf("%s %s: ETag %s, body %s, want the upstream and the revision that the write has made", c.method, c.path, a.header.Get("ETag"), a.body)
		}
	}
}

func TestWritesCarryAuthorReasonAndRevision(t *testing.T) {
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/split", `"weights":{"v1":1}`},
		{"POST", "/rollout", `"to":"v2"`},
		{"POST", "/rollout/abort", `"full":false`},
		{"POST", "/undo", `"to_revision":1`},
		{"PATCH", "/endpoints/a:1", `"weight":1`},
	} {
		r := newRig(t, nil)
		r.send(c.method, "/v1/upstreams/api"+c.path, "{"+c.body+`,"author":"ann","reason":"why"}`, "If-Match", `"7"`)
		_, got := r.backend.last()
		if want := (Meta{IfMatch: 7, Author: "ann", Reason: "why", From: "127.0.0.1"}); got != want {
			t.Errorf("%s: %+v, want %+v", c.path, got, want)
		}
	}
}

// TestNotesAreOneLine: what a caller says about himself is kept with every
// revision and shown on other operators' terminals.
func TestNotesAreOneLine(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"reason":"release 42\n\n  see\tticket\r\n"}`, "release 42 see ticket"},
		{`{"reason":"` + strings.Repeat("x", 1000) + `"}`, strings.Repeat("x", 1000)},
		{`{"reason":"Größe 🚀"}`, "Größe 🚀"},
	} {
		r := newRig(t, nil)
		a := r.send("POST", "/v1/upstreams/api/rollout/abort", c.body)
		if _, m := r.backend.last(); a.status != 200 || m.Reason != c.want {
			t.Errorf("%s: %d, reason %q, want %q", c.body, a.status, m.Reason, c.want)
		}
	}
	r := newRig(t, nil)
	for _, w := range writes {
		for _, c := range []struct{ notes, want string }{
			{`"reason":"\u001b[2Jgone"`, "reason: want text without control characters"},
			{`"author":"ann\u0007"`, "author: want text without control characters"},
			{`"reason":"` + strings.Repeat("x", 1001) + `"`, "reason: 1001 bytes: want at most 1000"},
			{`"author":"` + strings.Repeat("x", 101) + `"`, "author: 101 bytes: want at most 100"},
		} {
			body := strings.TrimSuffix(w.body, "}")
			if body != "{" {
				body += ","
			}
			r.refused(r.send(w.method, w.path, body+c.notes+"}"), 422, c.want)
		}
	}
	if got, _ := r.backend.last(); got != "" {
		t.Errorf("the backend got %q, want nothing", got)
	}
}

// TestWritesByCurl: without -H, curl -d calls its body a form.
func TestWritesByCurl(t *testing.T) {
	r := newRig(t, nil)
	for _, w := range writes {
		if a := r.send(w.method, w.path, w.body, "Content-Type", "application/x-www-form-urlencoded"); a.status != 200 {
			t.Errorf("%s %s: %d %s, want 200", w.method, w.path, a.status, a.body)
		}
	}
}

func TestReload(t *testing.T) {
	r := newRig(t, nil)
	a := r.send("POST", "/v1/reload", "")
	if want := `{"generation":9,"changed":[]}`; a.status != 200 || strings.TrimSpace(a.body) != want {
		t.Errorf("%d %s, want %s", a.status, a.body, want)
	}
	r.refused(r.send("GET", "/v1/reload", ""), 405, "want POST")
	r.refused(r.send("POST", "/v1/reload", `{"file":"x"}`), 422, `key "file": unknown: want none`)
	r.refused(r.send("POST", "/v1/reload", "", "If-Match", `"3"`), 412, "no revision")
	if a := r.send("POST", "/v1/reload", "{}", "If-Match", "*"); a.status != 200 {
		t.Errorf("If-Match *: %d", a.status)
	}
	lines := "weir.yaml:1:2: a: wrong\nweir.yaml:3:4: b: wrong"
	r.backend.fail(&Refusal{Invalid, lines})
	r.refused(r.send("POST", "/v1/reload", ""), 422, lines)
}

// writes are all routes that change an upstream, each with a good body.
var writes = []struct{ method, path, body, allow string }{
	{"PUT", "/v1/upstreams/api/split", `{"weights":{"v1":1}}`, "PUT"},
	{"POST", "/v1/upstreams/api/rollout", `{"to":"v2"}`, "GET, HEAD, POST"},
	{"POST", "/v1/upstreams/api/rollout/promote", `{}`, "POST"},
	{"POST", "/v1/upstreams/api/rollout/pause", `{}`, "POST"},
	{"POST", "/v1/upstreams/api/rollout/resume", `{}`, "POST"},
	{"POST", "/v1/upstreams/api/rollout/abort", `{}`, "POST"},
	{"POST", "/v1/upstreams/api/undo", `{}`, "POST"},
	{"PATCH", "/v1/upstreams/api/endpoints/127.0.0.1:3001", `{"weight":1}`, "PATCH"},
}

func TestWritesRefuseWhatTheyDoNotUnderstand(t *testing.T) {
	r := newRig(t, nil)
	for _, w := range writes {
		t.Run(w.method+" "+w.path, func(t *testing.T) {
			a := r.send("DELETE", w.path, "")
			r.refused(a, 405, "want "+w.allow)
			if got := a.header.Get("Allow"); got != w.allow {
				t.Errorf("Allow %q, want %q", got, w.allow)
			}
			r.refused(r.send(w.method, w.path, `{"reason":`), 400, "not JSON")
			r.refused(r.send(w.method, w.path, w.body+"{}"), 400, "not JSON")
			r.refused(r.send(w.method, w.path, `{"reasons":"x"}`), 422, `key "reasons": unknown: want `)
			r.refused(r.send(w.method, w.path, `{"Reason":"x"}`), 422, `key "Reason": unknown`)
			r.refused(r.send(w.method, w.path, `{"reason":"x","reason":"y"}`), 422, `key "reason": given twice`)
			r.refused(r.send(w.method, w.path, `{"reason":5}`), 422, "reason: number: want a string")
			for _, other := range []string{`[]`, `null`, `"x"`, `7`} {
				r.refused(r.send(w.method, w.path, other), 422, "want a JSON object")
			}
			r.refused(r.send(w.method, w.path, w.body, "Content-Type", "text/plain"), 415, "want application/json")
			r.refused(r.send(w.method, w.path, `{"reason":"`+strings.Repeat("x", maxBody)+`"}`), 413, fmt.Sprint(maxBody))
			for _, match := range []string{"7", `"x"`, `"7`, `"0"`, `"-1"`, `"7", "8"`, `""`, ""} {
				r.refused(r.send(w.method, w.path, w.body, "If-Match", match), 400, "If-Match: ")
			}
			if call, _ := r.backend.last(); call != "" {
				t.Errorf("the backend was called: %s", call)
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	r := newRig(t, nil)
	for _, ok := range []string{"", "application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"} {
		a := r.send("POST", "/v1/upstreams/api/undo", "{}", "Content-Type", ok)
		if a.status != 200 {
			t.Errorf("Content-Type %q: %d", ok, a.status)
		}
	}
	for _, other := range []string{"text/plain", "multipart/form-data; boundary=x", "application/xml", "x y"} {
		r.refused(r.send("POST", "/v1/upstreams/api/undo", "{}", "Content-Type", other), 415, "want application/json")
	}
}

// TestPagesCannotWriteByForm: a script of another site may send this type
// without asking first, but not without its origin.
func TestPagesCannotWriteByForm(t *testing.T) {
	r := newRig(t, nil)
	for _, origin := range []string{"http://evil.example", "null"} {
		r.refused(r.send("POST", "/v1/upstreams/api/undo", "{}", "Content-Type", "application/x-www-form-urlencoded", "Origin", origin), 403, "Origin")
	}
	if call, _ := r.backend.last(); call != "" {
		t.Errorf("the backend got %q, want nothing", call)
	}
}

func TestIfMatch(t *testing.T) {
	for value, want := range map[string]uint64{`"7"`: 7, `W/"7"`: 7, "*": 0} {
		r := newRig(t, nil)
		a := r.send("POST", "/v1/upstreams/api/undo", "", "If-Match", value)
		if call, m := r.backend.last(); a.status != 200 || call == "" || m.IfMatch != want {
			t.Errorf("If-Match %s: %d, backend got %d, want %d", value, a.status, m.IfMatch, want)
		}
	}
}

func TestWritesRefuseValues(t *testing.T) {
	const up = "/v1/upstreams/api"
	r := newRig(t, nil)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"PUT", up + "/split", ``, 400, "body: empty"},
		{"PUT", up + "/split", `{"weights":{"v1":1},"override":true}`, 422, "override: true: want a reason"},
		{"PUT", up + "/split", `{"weights":{"v1":null}}`, 422, "null: want a value"},
		{"PUT", up + "/split", `{"weights":{"v1":"90%"}}`, 422, "weights: string: want a number"},
		{"PUT", up + "/split", `{"weights":{"v1":1e999}}`, 422, "want a number"},
		{"PUT", up + "/split", `{"weights":{"v1":1,"v1":2}}`, 422, `key "v1": given twice`},
		{"PUT", up + "/split", `{"weights":[1,2]}`, 422, "weights: array: want an object"},
		{"POST", up + "/rollout", ``, 400, "body: empty"},
		{"POST", up + "/rollout/promote", `{"full":"yes"}`, 422, "full: string: want true or false"},
		{"POST", up + "/rollout/abort", `{"full":true}`, 422, "only promote"},
		{"POST", up + "/undo", `{"to_revision":0}`, 422, "want 1 or more"},
		{"POST", up + "/undo", `{"to_revision":-1}`, 422, "to_revision: number -1: want a whole number of 0 or more"},
		{"POST", up + "/undo", `{"to_revision":1.5}`, 422, "to_revision: number 1.5: want a whole number"},
		{"PATCH", up + "/endpoints/a:1", `{"weight":"x"}`, 422, "weight: string: want a whole number"},
	} {
		r.refused(r.send(c.method, c.path, c.body), c.status, c.want)
	}
	if call, _ := r.backend.last(); call != "" {
		t.Errorf("the backend was called: %s", call)
	}
}

func TestRefusalsOfTheBackend(t *testing.T) {
	for kind, status := range map[Kind]int{NotFound: 404, Conflict: 409, Stale: 412, Invalid: 422, Unavailable: 503} {
		r := newRig(t, nil)
		r.backend.fail(fmt.Errorf("api: %w", &Refusal{kind, "because"}))
		for _, w := range writes {
			r.refused(r.send(w.method, w.path, w.body), status, "api: because")
		}
	}
	r := newRig(t, nil)
	r.backend.fail(errors.New("open /secret/file: permission denied"))
	a := r.send("POST", "/v1/upstreams/api/undo", "")
	r.refused(a, 500, "see the log")
	if strings.Contains(a.body, "secret") {
		t.Errorf("an unexpected error reached the caller: %s", a.body)
	}
}
