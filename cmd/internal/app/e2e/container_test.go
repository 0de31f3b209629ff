//go:build !race

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// instruction is one of a Dockerfile, its lines joined.
type instruction struct{ name, args string }

// stages are a Dockerfile's, in their order; the first is what comes before all of them.
func stages(t *testing.T, file string) (all [][]instruction) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	joined := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(text), "")
	joined = strings.ReplaceAll(joined, "\\\n", " ")
	all = [][]instruction{nil}
	for line := range strings.Lines(joined) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		if name == "FROM" {
			all = append(all, nil)
		}
		last := len(all) - 1
		all[last] = append(all[last], instruction{name, strings.TrimSpace(args)})
	}
	return all
}

// the is the arguments of the only instruction of that name.
func the(t *testing.T, stage []instruction, name string) (args string) {
	t.Helper()
	n := 0
	for _, i := range stage {
		if i.name == name {
			args = i.args
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d instructions %s, want one", n, name)
	}
	return args
}

// words are the arguments of an instruction that starts no shell.
func words(t *testing.T, args string) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(args[strings.Index(args, "["):], -1) {
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatalf("%s: want a list of strings, there is no shell", args)
	}
	return all
}

// Promise: the image needs nothing but itself. The binary runs with nothing else, in an
// empty root, as the user that the Dockerfile says; its check knows whether it serves.
func TestContainer(t *testing.T) {
	t.Parallel()
	all := stages(t, "deploy/docker/Dockerfile")
	build, final := all[len(all)-2], all[len(all)-1]
	if from := the(t, final, "FROM"); from != "scratch" {
		t.Fatalf("the image is FROM %s, want scratch", from)
	}
	uid, gid, ok := strings.Cut(the(t, final, "USER"), ":")
	user, err1 := strconv.Atoi(uid)
	group, err2 := strconv.Atoi(gid)
	if !ok || err1 != nil || err2 != nil || user == 0 || group == 0 {
		t.Fatalf("USER %s:%s, want numbers, and not root", uid, gid)
	}
	entry, command, check := words(t, the(t, final, "ENTRYPOINT")), words(t, the(t, final, "CMD")), words(t, the(t, final, "HEALTHCHECK"))

	rootfs := t.TempDir()
	for _, dir := range []string{filepath.Dir(entry[0]), "/etc/weir", the(t, final, "VOLUME")[2:][:len("/var/lib/weir")]} {
		if err := os.MkdirAll(filepath.Join(rootfs, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	builtAlike(t, build)
	weir, err := os.ReadFile(ground.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(rootfs, entry[0]), weir, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root may change the root: the rest is left out")
	}
	b := newBackend(t)
	web, admin := ground.FreeAddr(t), ground.FreeAddr(t)
	config := fmt.Sprintf(`listeners: [{name: web, address: %q}]
admin: {address: %q}
state: /var/lib/weir
upstreams: {api: {versions: {v1: {endpoints: [%q]}}}}
routes: [{path: /, upstream: api}]
`, web, admin, b.addr)
	if err := os.WriteFile(filepath.Join(rootfs, command[len(command)-1]), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(rootfs, "var/lib/weir"), user, group); err != nil {
		t.Fatal(err)
	}
	for dir := rootfs; dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	inside := func(args ...string) *exec.Cmd {
		attr := childAttr()
		attr.Chroot, attr.Credential = rootfs, &syscall.Credential{Uid: uint32(user), Gid: uint32(group)}
		return &exec.Cmd{Path: args[0], Args: args, Dir: "/", Env: []string{"WEIR_ADMIN=http://" + admin}, SysProcAttr: attr}
	}
	healthy := func() bool { return inside(check...).Run() == nil }
	if healthy() {
		t.Error("the check says that it serves before it runs")
	}
	run := inside(append(entry, command...)...)
	var log strings.Builder
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	exit := make(chan error, 1)
	go func() { exit <- run.Wait() }()
	t.Cleanup(func() { _ = run.Process.Kill() })
	eventually(t, "the check says that it serves", healthy)
	noFailures(t, closedLoop(web, 2, 20))
	if _, err := os.Stat(filepath.Join(rootfs, "var/lib/weir/weir.db")); err != nil {
		t.Errorf("the state is not where the volume is: %v", err)
	}
	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-exit:
		if err != nil {
			t.Errorf("it ended with %v: %s", err, log.String())
		}
	case <-time.After(patience):
		t.Error("it does not end")
	}
}

// builtAlike demands that the image's binary is built as the Makefile's, which is the one
// under test.
func builtAlike(t *testing.T, build []instruction) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^BUILD +:= (.*)$`).FindSubmatch(text)
	if flags == nil {
		t.Fatal("the Makefile does not say how Weir is built")
	}
	want := regexp.MustCompile(`['"]|=\$.*?( |$)`).ReplaceAllString(string(flags[1])+" ", "$1")
	for _, i := range build {
		if i.name != "RUN" || !strings.Contains(i.args, "-o /out/weir") {
			continue
		}
		for flag := range strings.FieldsSeq(want) {
			if !strings.Contains(i.args, flag) {
				t.Errorf("%s: want %s, as in the Makefile", i.args, flag)
			}
		}
		return
	}
	t.Fatal("no instruction builds Weir")
}

// Promise: what the image is built of passes .dockerignore.
func TestContainerContext(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	passes := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			passes[name] = true
		}
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.ImportPath}}", "weir/cmd/weir")
	list.Dir = root
	said, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for path := range strings.FieldsSeq(string(said)) {
		folder, ours := strings.CutPrefix(path, "weir/")
		if !ours {
			continue
		}
		n++
		if top, _, _ := strings.Cut(folder, "/"); !passes[top] {
			t.Errorf("package %s is part of Weir, and .dockerignore leaves out %s", path, top)
		}
	}
	if n < 20 {
		t.Errorf("%d packages of Weir's are found: nothing is proved", n)
	}
}
