//go:build !race

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// root is the folder of the README.
const root = "../../../.."

// Promise: what the README tells people to type works as it is written there, in
// its order. Each block gets a Weir of its own, with the example that it is about.
func TestREADMEBlocks(t *testing.T) {
	t.Parallel()
	_, noCurl := exec.LookPath("curl")
	blocks, lines := readmeBlocks(t), 0
	for _, block := range blocks {
		lines += len(block)
		t.Run(block[0], func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(block[0], "curl ") && noCurl != nil {
				if os.Getenv("CI") == "true" {
					t.Fatal(noCurl)
				}
				t.Skip(noCurl)
			}
			v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
			example, err := os.ReadFile(filepath.Join(root, "deploy/examples/canary.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			here := strings.NewReplacer("127.0.0.1:3001", v1.addr, "127.0.0.1:3002", v2.addr,
				"127.0.0.1:8080", w.web, "127.0.0.1:9900", w.admin)
			w.writeText(here.Replace(string(example)))
			w.start()
			for _, line := range block {
				stdout, stderr, err := w.shell(here.Replace(line))
				if err != nil || stderr != "" || stdout == "" || refusal.MatchString(stdout) {
					t.Errorf("%s: %v, standard output %q, standard error %q; want success, an answer and no error", line, err, stdout, stderr)
				}
			}
		})
	}
	if len(blocks) < 2 || lines < 10 {
		t.Errorf("%d blocks with %d lines of weir and curl found in README.md, want at least 2 with 10", len(blocks), lines)
	}
}

// refusal is what an answer has that is a problem.
var refusal = regexp.MustCompile(`"status":\s*[45]\d\d`)

// readmeBlocks are the lines of weir and curl in the README's shell blocks, but
// for those that do not end: they are for another terminal.
func readmeBlocks(t *testing.T) (blocks [][]string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllSubmatch(readme, -1) {
		var block []string
		for line := range strings.Lines(string(text[1])) {
			line = strings.TrimSpace(line)
			ours := strings.HasPrefix(line, "weir ") || strings.HasPrefix(line, "curl ")
			if endless := strings.HasPrefix(line, "weir run ") || strings.Contains(line, "/v1/events"); ours && !endless {
				block = append(block, line)
			}
		}
		if len(block) > 0 {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// shell runs a line as an operator would, with this Weir as the one that weir
// speaks to.
func (w *weir) shell(line string) (stdout, stderr string, err error) {
	w.t.Helper()
	bin := filepath.Join(w.dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Symlink(w.bin, filepath.Join(bin, "weir")); err != nil && !os.IsExist(err) {
		w.t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = root, &out, &errs, childAttr()
	cmd.SysProcAttr.Setpgid = true // so that what the shell has started ends with it
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "WEIR_ADMIN=http://"+w.admin)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	err = cmd.Wait()
	return out.String(), errs.String(), err
}
