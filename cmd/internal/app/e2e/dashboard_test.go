//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dashboard is where the pages' files and their tests are, seen from here.
const dashboard = "../../../../proxy/admin/ui"

// TestDashboard has a real Chromium look at a real rollout, and press the buttons; and
// beside it, in the same browser, at a Weir that wants tokens.
func TestDashboard(t *testing.T) {
	t.Parallel()
	const view, operate = "view-0123456789abcdef", "operate-0123456789abcdef"
	locked := lockedWeir(t, "view:"+view+"\noperate:"+operate+":ada\n")
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	with := w.yaml(conf{versions: []version{
		one("v1", 100, v1.addr, v1.another(t)), one("v2", 0, v2.addr, v2.another(t), v2.another(t)),
	}, extra: strings.Replace(ramp, "10%", "25%", 1)})
	others := fmt.Sprintf("  shop: {stable: blue, versions: {blue: {endpoints: [%q]}, green: {weight: 10, endpoints: [%q]}, "+
		"a-version-with-a-name-that-is-rather-long-2026-11-27: {weight: 5, endpoints: [%q]}}}\n", v1.addr, v1.addr, v1.addr)
	second := fmt.Sprintf("  web: {stable: v1, versions: {v1: {weight: 100, endpoints: [%q]}, v2: {weight: 0, endpoints: [%q]}}, %s}\n", v1.addr, v1.addr, ramp)
	without := strings.Replace(with, "routes:\n", second+"groups:\n  both: {upstreams: [api, web]}\nroutes:\n", 1)
	without += "flags: {files: [flags.json], pass: {headers: [new-checkout]}, context: {headers: {X-User: targetingKey, X-Team: team}}, rollouts: {new-checkout: {to: on, steps: [{segment: internal, pause: true}, {weight: 10%, hold: 10m}, {weight: 100%}], min_requests: 1}}}\n"
	if err := os.WriteFile(filepath.Join(w.dir, "flags.json"), []byte(flagsShown), 0o600); err != nil {
		t.Fatal(err)
	}
	with = strings.Replace(without, second, others+second, 1)
	w.writeText(with)
	w.start()
	visit(t, w.web, "api.test", 120)

	watch(t, "all.mjs", w, map[string]func(){
		"fail":    func() { v2.fails(http.StatusInternalServerError) },
		"heal":    func() { v2.does(func(int, *http.Request) reply { return reply{} }) },
		"stop":    w.stop,
		"start":   w.start,
		"without": func() { w.writeText(without); w.must("POST", "/v1/reload", "", nil) },
		"with":    func() { w.writeText(with); w.must("POST", "/v1/reload", "", nil) },
	}, "WEIR_LOCKED=http://"+locked.admin, "VIEW_TOKEN="+view, "OPERATE_TOKEN="+operate)
}

// flagsShown are one that requests of users ask for, and one that they do not.
const flagsShown = `{"$evaluators": {"internal": {"==": [{"var": "team"}, "own"]}}, "flags": {
  "new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": {"if": [{"==": [{"var": "targetingKey"}, "ada"]}, "on", null]}},
  "theme": {"state": "ENABLED", "variants": {"red": "#f00", "blue": "#00f"}, "defaultVariant": "red"}
}}`

// lockedWeir has traffic, and answers to those who have one of tokens.
func lockedWeir(t *testing.T, tokens string) *weir {
	t.Helper()
	b, w := newBackend(t), newWeir(t)
	if err := os.WriteFile(filepath.Join(w.dir, "tokens"), []byte(tokens), 0o600); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("admin: {address: %q", w.admin)
	w.writeText(strings.Replace(w.yaml(conf{versions: []version{one("v1", 100, b.addr), one("v2", 0, b.addr)}}), address, address+", tokens_file: tokens", 1))
	w.start()
	visit(t, w.web, "api.test", 50)
	return w
}

// watch runs a script of the dashboard's tests.
func watch(t *testing.T, script string, w *weir, commands map[string]func(), env ...string) {
	t.Helper()
	tools(t)
	runScript(t, dashboard, filepath.Join("test", script), commands, append(env, "WEIR_ADMIN=http://"+w.admin)...)
}

// runScript runs a script of a folder in node, each of its checks as a test of its own; the
// script may have the world do what commands say.
func runScript(t *testing.T, dir, script string, commands map[string]func(), env ...string) {
	t.Helper()
	world := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		do := commands[strings.TrimPrefix(r.URL.Path, "/")]
		if do == nil {
			http.Error(rw, "no such command", http.StatusNotFound)
			return
		}
		do()
	}))
	defer world.Close()
	cmd := exec.Command("node", script)
	cmd.Dir, cmd.SysProcAttr = dir, childAttr()
	cmd.Env = append(append(os.Environ(), "WEIR_WORLD="+world.URL), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(7*time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	checks := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if said, ok := strings.CutPrefix(line, "ok "); ok {
			checks++
			t.Log(said)
		} else if said, bad := strings.CutPrefix(line, "not ok "); bad {
			t.Errorf("%s", strings.ReplaceAll(said, `\n`, "\n"))
		} else {
			t.Log(line)
		}
	}
	if err := cmd.Wait(); err != nil && !t.Failed() {
		t.Fatalf("%s: %v", script, err)
	}
	if checks == 0 && !t.Failed() {
		t.Fatalf("%s has checked nothing", script)
	}
}

// TestDashboardParts: what of the dashboard needs no browser, and that its types are
// right.
func TestDashboardParts(t *testing.T) {
	t.Parallel()
	tools(t)
	for _, args := range [][]string{{"node", "--test", "test/unit.test.mjs"}, {"node_modules/.bin/tsc", "-p", "."}} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dashboard
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// tools are what the dashboard's tests need.
func tools(t *testing.T) {
	t.Helper()
	browserTools(t, dashboard)
}

// browserTools are what scripts of a folder need that start a browser.
func browserTools(t *testing.T, dir string) {
	t.Helper()
	for tool, name := range map[string]string{"node": "nodejs", "chromium": "chromium"} {
		if _, err := exec.LookPath(tool); err != nil {
			lacking(t, name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules/playwright-core")); err != nil {
		unable(t, "playwright-core is not installed: make e2e does it")
	}
}

// visit sends requests for a host until the test ends.
func visit(t *testing.T, addr, host string, rate int) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				client.CloseIdleConnections()
				return
			case <-time.After(time.Duration((0.5 + rand.Float64()) * float64(time.Second) / float64(rate))):
			}
			go func() {
				req, err := http.NewRequest("GET", "http://"+addr+"/", strings.NewReader(""))
				if err != nil {
					return
				}
				req.Host = host
				req.Header.Set("X-Id", fmt.Sprint(host, "-", i))
				if res, err := client.Do(req); err == nil {
					res.Body.Close()
				}
			}()
		}
	}()
}
