//go:build prove

package deploy

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// run runs a command at the top of the repository, and demands that it succeeds.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return string(said)
}

// only is the file that a pattern means.
func only(t *testing.T, pattern ...string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v, want one file", pattern, files, err)
	}
	return files[0]
}

// Promise: the packages have what a service needs, and the .deb is installed, runs as its
// unit says, is removed and purged, and leaves nothing but its user.
func TestPackages(t *testing.T) {
	dist := t.TempDir()
	run(t, "make", "packages", "ARCHS=amd64", "DIST="+dist, "VERSION=v0.0.1-test")
	deb, rpm := only(t, dist, "*.deb"), only(t, dist, "*.rpm")
	has := func(file, list string) {
		t.Helper()
		for _, name := range []string{
			"/usr/bin/weir", "/usr/lib/systemd/system/weir.service", "/usr/lib/systemd/system/weir.socket", "/usr/lib/sysusers.d/weir.conf",
			"/etc/weir/weir.yaml", "/etc/default/weir", "/etc/logrotate.d/weir", "/usr/share/bash-completion/completions/weir",
			"/usr/share/man/man1/weir.1.gz", "/usr/share/man/man1/weir-rollout-start.1.gz", "/usr/share/man/man5/weir.yaml.5.gz",
			"/usr/share/doc/weir/copyright", "/usr/share/doc/weir/README.md", "/usr/share/doc/weir/examples/canary.yaml", "/usr/share/doc/weir/examples/flags.json",
		} {
			if !strings.Contains(list, name+"\n") {
				t.Errorf("%s has no %s", filepath.Base(file), name)
			}
		}
	}
	has(deb, run(t, "dpkg-deb", "--contents", deb))
	if _, err := exec.LookPath("rpm"); err != nil {
		t.Error("rpm is not installed (Debian: apt-get install rpm)")
	} else {
		has(rpm, run(t, "rpm", "-qpl", rpm))
		if said := run(t, "rpm", "-K", rpm); !strings.Contains(said, "digests OK") {
			t.Errorf("rpm -K: %s", said)
		}
		if said := run(t, "rpm", "-qp", "--scripts", rpm); strings.Count(said, "scriptlet") != 3 {
			t.Errorf("rpm --scripts: %s, want three", said)
		}
		if said := run(t, "rpm", "-qpc", rpm); !strings.Contains(said, "/etc/weir/weir.yaml") {
			t.Errorf("rpm -qpc: %s, want the configuration", said)
		}
	}
	if _, err := exec.LookPath("dpkg"); err != nil || os.Geteuid() != 0 {
		t.Skip("not root on Debian: nothing is installed")
	}
	if _, err := os.Stat("/usr/bin/weir"); err == nil {
		t.Skip("a Weir is installed here: it stays as it is")
	}
	installs(t, deb)
}

func installs(t *testing.T, deb string) {
	if _, err := user.Lookup("weir"); err != nil {
		t.Cleanup(func() { _ = exec.Command("userdel", "weir").Run() }) // it was not here before
	}
	purge := exec.Command("dpkg", "--purge", "weir")
	t.Cleanup(func() { _ = purge.Run() }) // nothing is left to purge, if all went well
	run(t, "dpkg", "--install", deb)
	if said := run(t, "/usr/bin/weir", "--version"); !strings.Contains(said, "v0.0.1-test") {
		t.Errorf("it says %q, want its version", said)
	}
	run(t, "weir", "check", "/etc/weir/weir.yaml")
	serves(t)
	mine := []byte("# mine\n")
	appendTo(t, "/etc/weir/weir.yaml", mine)
	run(t, "dpkg", "--install", deb) // again: what was changed stays
	if b, err := os.ReadFile("/etc/weir/weir.yaml"); err != nil || !strings.Contains(string(b), string(mine)) {
		t.Errorf("after another install the configuration is %q, %v, want it as it was changed", b, err)
	}
	run(t, "dpkg", "--remove", "weir")
	for name, there := range map[string]bool{"/usr/bin/weir": false, "/usr/lib/systemd/system/weir.service": false, "/etc/weir/weir.yaml": true, "/var/lib/weir/weir.db": true} {
		if _, err := os.Stat(name); (err == nil) != there {
			t.Errorf("after removal %s: %v, want it there: %v", name, err, there)
		}
	}
	run(t, "dpkg", "--purge", "weir")
	for _, name := range []string{"/etc/weir", "/etc/default/weir", "/var/lib/weir", "/var/log/weir"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("after purge there is %s", name)
		}
	}
}

// serves runs what the installed unit runs, as its user, until it is ready.
func serves(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("/usr/lib/systemd/system/weir.service")
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindSubmatch(text)
	who := regexp.MustCompile(`(?m)^User=(.*)$`).FindSubmatch(text)
	cmd := exec.Command("runuser", append([]string{"-u", string(who[1]), "--"}, strings.Fields(string(start[1]))...)...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exit := make(chan error, 1)
	go func() { exit <- cmd.Wait() }()
	for end := time.Now().Add(30 * time.Second); exec.Command("weir", "status", "--ready").Run() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-exit
			t.Fatalf("it does not serve: %s", log.String())
		}
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // to Weir as well, not to runuser alone
	select {
	case <-exit: // runuser's own end: the signal
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		t.Fatalf("it does not end: %s", log.String())
	}
	if !strings.Contains(log.String(), `"message":"stopped"`) {
		t.Errorf("it did not stop in order: %s", log.String())
	}
}

func appendTo(t *testing.T, name string, text []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
}

// Promise: of the same commit come the same bytes, wherever it is built.
func TestReleaseIsReproducible(t *testing.T) {
	var sums [2]string
	from := ".."
	for i := range sums {
		dist, tree := t.TempDir(), filepath.Join(t.TempDir(), "tree")
		if err := os.CopyFS(tree, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		from = tree
		run(t, "make", "-C", tree, "release", "PLATFORMS=linux/amd64", "DIST="+dist,
			"VERSION=v0.0.1", "COMMIT=abcdef", "DATE=2026-01-02T03:04:05Z")
		b, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = string(b)
		run(t, "tar", "-C", dist, "-xzf", only(t, dist, "*.tar.gz"))
		said := run(t, only(t, dist, "weir_v0.0.1_*", "weir"), "version")
		if !strings.HasPrefix(said, "weir v0.0.1 (commit abcdef of 2026-01-02T03:04:05Z, go1.") {
			t.Errorf("it says %q, want the version, the commit and the date", said)
		}
	}
	if sums[0] != sums[1] || strings.Count(sums[0], "\n") != 2 {
		t.Errorf("the same commit gives\n%s\nand elsewhere\n%s", sums[0], sums[1])
	}
}
