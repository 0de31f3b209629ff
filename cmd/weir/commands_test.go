package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

const changedLine = "api: revision 7, stable v1, v1=90% v2=10%; " +
	"rollout r1 (canary) v1 to v2, step 2 of 4, v2 at 10%: progressing: step 2 began\n"

const changedFlagLine = "new-checkout: revision 3, on for everybody; " +
	"rollout f1 (canary) off to on, step 1 of 2, on at 10%: progressing: step 1 began\n"

func TestWriteCommands(t *testing.T) {
	f := newFakeAdmin(t)
	for _, c := range []struct{ args, request, out string }{
		{"set-weight api v1=90 v2=10", `PUT /v1/upstreams/api/split {"weights":{"v1":90,"v2":10}}`, changedLine},
		{"set-weight api v1=99.5% v2=0.5% --reason x", `PUT /v1/upstreams/api/split {"reason":"x","weights":{"v1":99.5,"v2":0.5}}`, changedLine},
		{"set-weight api v2=0.5%", `PUT /v1/upstreams/api/split {"weights":{"v2":0.5}}`, changedLine},
		{"set-weight api v1=1 --override --reason why", `PUT /v1/upstreams/api/split {"override":true,"reason":"why","weights":{"v1":1}}`, changedLine},
		{"set-weight a/b v1=1", `PUT /v1/upstreams/a%2Fb/split {"weights":{"v1":1}}`, changedLine},
		{"rollout start api --to v2", `POST /v1/upstreams/api/rollout {"to":"v2"}`, changedLine},
		{"rollout start api --to v2 --strategy canary --id X --reason why", `POST /v1/upstreams/api/rollout {"id":"X","reason":"why","strategy":"canary","to":"v2"}`, changedLine},
		{"rollout promote api", `POST /v1/upstreams/api/rollout/promote {}`, changedLine},
		{"rollout promote --full api", `POST /v1/upstreams/api/rollout/promote {"full":true}`, changedLine},
		{"rollout pause api --reason lunch", `POST /v1/upstreams/api/rollout/pause {"reason":"lunch"}`, changedLine},
		{"rollout resume api", `POST /v1/upstreams/api/rollout/resume {}`, changedLine},
		{"rollout abort api", `POST /v1/upstreams/api/rollout/abort {}`, changedLine},
		{"rollout approve api boss", `POST /v1/upstreams/api/rollout/gates/boss {"approve":true}`, changedLine},
		{"rollout approve api boss --reject --reason no", `POST /v1/upstreams/api/rollout/gates/boss {"approve":false,"reason":"no"}`, changedLine},
		{"rollout undo api", `POST /v1/upstreams/api/undo {}`, changedLine},
		{"rollout undo api --to-revision 3", `POST /v1/upstreams/api/undo {"to_revision":3}`, changedLine},
		{"drain api 127.0.0.1:3001", `PATCH /v1/upstreams/api/endpoints/127.0.0.1:3001 {"state":"drain"}`, "api 127.0.0.1:3001: state up, health up, 2 in flight\n"},
		{"up api 127.0.0.1:3001 --version v1", `PATCH /v1/upstreams/api/endpoints/127.0.0.1:3001 {"state":"up","version":"v1"}`, "api 127.0.0.1:3001: state up, health up, 2 in flight\n"},
		{"drain api 127.0.0.1:3001 --reason disk", `PATCH /v1/upstreams/api/endpoints/127.0.0.1:3001 {"reason":"disk","state":"drain"}`, "api 127.0.0.1:3001: state up, health up, 2 in flight\n"},
		{"down api 127.0.0.1:3002", `PATCH /v1/upstreams/api/endpoints/127.0.0.1:3002 {"state":"down"}`, "api 127.0.0.1:3002: state up, health ejected, 0 in flight\nwarning: v2 has 10% of the requests and no endpoint that serves: they go elsewhere, or get 503\n"},
		{"flag disable new-checkout --reason guests", `PATCH /v1/flags/new-checkout {"enabled":false,"reason":"guests"}`, changedFlagLine},
		{"flag enable new-checkout", `PATCH /v1/flags/new-checkout {"enabled":true}`, changedFlagLine},
		{"flag set new-checkout on", `PATCH /v1/flags/new-checkout {"variant":"on"}`, changedFlagLine},
		{"flag set new-checkout --as-defined", `PATCH /v1/flags/new-checkout {"variant":null}`, changedFlagLine},
		{"flag undo new-checkout", `POST /v1/flags/new-checkout/undo {}`, changedFlagLine},
		{"flag undo new-checkout --to-revision 1 --reason back", `POST /v1/flags/new-checkout/undo {"reason":"back","to_revision":1}`, changedFlagLine},
		{"rollout start --flag new-checkout --to on --reason why", `POST /v1/flags/new-checkout/rollout {"reason":"why","to":"on"}`, changedFlagLine},
		{"rollout promote --flag new-checkout --full", `POST /v1/flags/new-checkout/rollout/promote {"full":true}`, changedFlagLine},
		{"rollout approve --flag new-checkout boss --reject --reason no", `POST /v1/flags/new-checkout/rollout/gates/boss {"approve":false,"reason":"no"}`, changedFlagLine},
		{"rollout abort --flag new-checkout", `POST /v1/flags/new-checkout/rollout/abort {}`, changedFlagLine},
		{"reload", `POST /v1/reload `, "reloaded, generation 4, split changed: api\nwarning: careful\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			stdout, stderr, code := f.weir(strings.Fields(c.args)...)
			if code != 0 || stderr != "" {
				t.Errorf("exit %d, stderr %q, want 0 and nothing", code, stderr)
			}
			if got := f.lastWrite(); got != c.request {
				t.Errorf("request %s, want %s", got, c.request)
			}
			wantOutput(t, stdout, c.out)

			stdout, stderr, code = f.weir(append(strings.Fields(c.args), "-o", "json")...)
			if code != 0 || stderr != "" || !json.Valid([]byte(stdout)) {
				t.Errorf("-o json: exit %d, stderr %q, output %s, want JSON", code, stderr, stdout)
			}
			if asYAML, _, _ := f.weir(append(strings.Fields(c.args), "-o", "yaml")...); asYAML != yamlOf(t, stdout) {
				t.Errorf("-o yaml: %s, want the same value as -o json: %s", asYAML, stdout)
			}
			if asTable, _, _ := f.weir(append(strings.Fields(c.args), "-o", "table")...); asTable != c.out {
				t.Errorf("-o table: %s, want what there is without it", asTable)
			}
		})
	}
}

// yamlOf is a JSON value as --output yaml prints it.
func yamlOf(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	if err := show.YAML(&b, json.RawMessage(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRefusalsAndOutages(t *testing.T) {
	commands := []string{
		"status", "status api", "status --watch", "rollout status api", "rollout status api --watch", "rollout gates api", "rollout approve api boss", "rollout history api", "rollout plan api",
		"set-weight api v1=1", "set-weight api v2=5%", "reload", "drain api a:1", "rollout start api --to v2", "rollout abort api", "rollout undo api",
	}
	f := newFakeAdmin(t)
	lines := "weir.yaml:1:2: a: wrong, want right\nweir.yaml:3:4: b: wrong, want right"
	f.set(func() { f.mu.refuse = &api.Problem{Title: "Unprocessable Entity", Detail: lines, Status: 422} })
	for _, c := range commands {
		stdout, stderr, code := f.weir(strings.Fields(c)...)
		if code != 1 || stdout != "" || stderr != lines+"\n" {
			t.Errorf("%s: exit %d, stdout %q, stderr %q, want 1 and the detail as it is", c, code, stdout, stderr)
		}
	}
	f.CloseClientConnections()
	f.Close()
	for _, c := range commands {
		stdout, stderr, code := f.weir(strings.Fields(c)...)
		if code != 1 || stdout != "" || !strings.HasPrefix(stderr, "no answer from the admin API at "+f.URL) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q, want 1 and what was not reached", c, code, stdout, stderr)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	f := newFakeAdmin(t)
	for args, want := range map[string]string{
		"":                                 "no command: want one of",
		"bogus":                            `unknown command "bogus"`,
		"stauts":                           "did you mean status?",
		"status --wacth":                   "unknown flag: --wacth; did you mean --watch?",
		"status -o jsn":                    `--output "jsn": want table, json or yaml; did you mean json?`,
		"events --type rolout":             "want revision, rollout, gate,",
		"events --type rollotu":            "; did you mean rollout?",
		"rollout":                          "no command: want one of abort, approve, gates, history",
		"rollout bogus":                    `unknown command "bogus"`,
		"rollout promte api":               "did you mean promote?",
		"status a b":                       `unexpected "b": want [UPSTREAM|GROUP]`,
		"status --bogus":                   "unknown flag: --bogus",
		"status -o xml":                    `--output "xml": want table, json or yaml`,
		"status --admin ftp://x":           `--admin: admin address "ftp://x"`,
		"set-weight":                       "missing UPSTREAM: want UPSTREAM VERSION=WEIGHT..., such as: weir set-weight api v1=90 v2=10\n",
		"set-weight api":                   "missing VERSION=WEIGHT...",
		"set-weight api v1":                `"v1": want VERSION=WEIGHT`,
		"set-weight api v1=":               `"v1=": want VERSION=WEIGHT`,
		"set-weight api =5":                `"=5": want VERSION=WEIGHT`,
		"set-weight api v1=-5":             `"v1=-5": want VERSION=WEIGHT`,
		"set-weight api v1=nan":            `"v1=nan": want`,
		"set-weight api v1=0.5":            `"v1=0.5": want VERSION=WEIGHT with a whole number or a percentage`,
		"set-weight api v1=90 v2=10%":      `"v2=10%": want whole numbers or percentages, not both`,
		"set-weight api v1=1 v1=2":         `"v1=2": v1 is given twice`,
		"set-weight api v1=90% v2=20%":     "the percentages sum to 110%: want 100%",
		"set-weight api v1=1 --override":   "--override: want --reason TEXT too",
		"set-weight api v1=80% v2=10%":     "the percentages sum to 90%: want 100%",
		"drain api":                        "missing ADDRESS",
		"up":                               "missing UPSTREAM",
		"down api a:1 b:2":                 `unexpected "b:2"`,
		"reload now":                       `unexpected "now": want no argument`,
		"rollout start api":                `missing --to VERSION, such as: weir rollout start api --to v2 --reason "release 42"`,
		"rollout start":                    "missing UPSTREAM",
		"rollout undo api --to-revision 0": "--to-revision 0: want 1 or more",
		"rollout undo api --to-revision x": `--to-revision "x": want a whole number from 0 on`,
		"rollout undo --flag new":          "unknown flag: --flag; want weir flag undo KEY\n",
		"rollout gates api --flag new":     "api and --flag new: want one of them",
		"rollout approve --flag new":       "missing GATE",
		"rollout approve api x --flag new": "api and --flag new: want one of them",
		"audit --limit few":                `--limit "few": want a whole number` + "\n",
		"rollout pause api --full":         "unknown flag: --full",
		"run":                              "missing -c FILE, such as: weir run -c weir.yaml\n",
		"run weir.yaml":                    `unexpected "weir.yaml"`,
		"check":                            "missing FILE: want FILE, such as: weir check weir.yaml\n",
		"demo --scenario nope":             `--scenario "nope": want `,
		"version x":                        `unexpected "x"`,
		"rollout status":                   "missing UPSTREAM",
		"flag":                             "no command: want one of disable, enable, explain, get, history, list, set, undo",
		"rollout abort api --flag new":     "api and --flag new: want one of them",
		"rollout start --flag new --to on --strategy canary": "--strategy canary: users of a flag are moved step by step",
		"flag set":                                     "missing KEY",
		"flag set new":                                 "missing VARIANT: want one, or --as-defined, such as: weir flag set new-checkout on",
		"flag set new on --as-defined":                 "both VARIANT and --as-defined",
		"flag explain new --context user":              `--context "user": want NAME=TEXT or NAME:=JSON`,
		"flag explain new --context age:=x":            `"x" is no JSON`,
		"flag explain new --context a=1 --context a=2": "each name once",
		"flag undo new --to-revision 0":                "--to-revision 0: want 1 or more",
		"rollout plan":                                 "missing UPSTREAM",
		"status --token-file /none/here":               "--token-file: /none/here: no such file or directory",
		"rollout history api extra arguments":          `unexpected "extra"`,
	} {
		stdout, stderr, code := f.weir(strings.Fields(args)...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, want) || !strings.Contains(stderr, "--help'\n") {
			t.Errorf("weir %s: exit %d, stdout %q, stderr %q, want 2 and %q", args, code, stdout, stderr, want)
		}
	}
	if got := f.lastWrite(); got != "" {
		t.Errorf("something was sent: %s", got)
	}
}

func TestGlobalFlagsAnywhere(t *testing.T) {
	f := newFakeAdmin(t)
	for _, args := range [][]string{
		{"-o", "json", "rollout", "status", "api"},
		{"rollout", "-o", "json", "status", "api"},
		{"rollout", "status", "-o=json", "api", "--admin", f.URL},
		{"rollout", "status", "api", "--output", "json"},
	} {
		stdout, stderr, code := f.weir(args...)
		var r api.Rollout
		if err := json.Unmarshal([]byte(stdout), &r); code != 0 || stderr != "" || err != nil || r.ID != "r1" {
			t.Errorf("%q: exit %d, stderr %q, %v in %s", args, code, stderr, err, stdout)
		}
	}
}

func TestAdminFromEnvironment(t *testing.T) {
	f := newFakeAdmin(t)
	t.Setenv("WEIR_ADMIN", strings.TrimPrefix(f.URL, "http://"))
	var out, errOut strings.Builder
	if code := execute(t.Context(), []string{"reload"}, &out, &errOut); code != 0 || f.lastWrite() != "POST /v1/reload " {
		t.Errorf("exit %d, stderr %s, request %q", code, errOut.String(), f.lastWrite())
	}
	t.Setenv("WEIR_ADMIN", "")
	if got := adminFromEnv(); got != defaultAdmin {
		t.Errorf("without the variable: %s, want %s", got, defaultAdmin)
	}
}

func TestVersionAndHelp(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("version")
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "weir dev (go1.") {
		t.Errorf("version: exit %d, %q, %q", code, stdout, stderr)
	}
	stdout, _, _ = f.weir("version", "-o", "json")
	var v map[string]string
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || v["version"] != "dev" {
		t.Errorf("version -o json: %v in %s", err, stdout)
	}
	for _, cmd := range []string{"", "run", "check", "demo", "status", "set-weight", "drain", "reload", "rollout", "rollout start", "rollout undo", "rollout plan", "rollout simulate"} {
		stdout, stderr, code = f.weir(append(strings.Fields(cmd), "--help")...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "Usage:\n  weir") || !strings.Contains(stdout, "Examples:\n  weir") {
			t.Errorf("%s --help: exit %d, stderr %q, output\n%s", cmd, code, stderr, stdout)
		}
		if strings.Contains(stdout, "demo-backend") {
			t.Errorf("%s --help shows a command that is not for people", cmd)
		}
	}
}

func TestWritesNameTheirAuthor(t *testing.T) {
	var body struct{ Author string }
	f := newFakeAdmin(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&body)
		_ = json.NewEncoder(w).Encode(someUpstream())
	})
	if _, stderr, code := f.weir("set-weight", "api", "v1=1"); code != 0 {
		t.Fatal(stderr)
	}
	if body.Author != author() || body.Author == "" {
		t.Errorf("author %q, want %q", body.Author, author())
	}
}

func TestCheck(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("check", "testdata/good.yaml")
	if code != 0 || stderr != "" || stdout == "" {
		t.Errorf("good file: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	stdout, stderr, code = f.weir("check", "testdata/bad.yaml")
	if code != 1 || stdout != "" {
		t.Errorf("bad file: exit %d, stdout %q", code, stdout)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if len(lines) != 2 {
		t.Errorf("bad file: stderr %q, want a line for each of 2 faults", stderr)
	}
	for _, l := range lines {
		if !strings.HasPrefix(l, "testdata/bad.yaml:") {
			t.Errorf("line %q, want FILE:LINE:COL first", l)
		}
	}
	for _, args := range [][]string{{"check", "testdata/none.yaml"}, {"run", "-c", "testdata/none.yaml"}, {"run", "-c", "testdata/bad.yaml"}} {
		if _, stderr, code := f.weir(args...); code != 1 || !strings.Contains(stderr, args[len(args)-1]) {
			t.Errorf("%q: exit %d, stderr %q, want 1 and the file's name", args, code, stderr)
		}
	}
}
