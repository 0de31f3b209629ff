package gate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func shell(script string) *Command { return &Command{Args: []string{"sh", "-c", script}} }

func TestCommandIsTold(t *testing.T) {
	t.Setenv("WEIR_SECRET_OF_THE_PROXY", "x")
	file := filepath.Join(t.TempDir(), "said")
	m := (&Command{Args: []string{"sh", "-c", `env > "$0"; cat >> "$0"`, file}}).Ask(t.Context(), question)
	want(t, "told", m, Passed, "exit status 0")
	said, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	lines = slices.DeleteFunc(lines, func(s string) bool { // of the shell's own
		return strings.HasPrefix(s, "PWD=") || strings.HasPrefix(s, "SHLVL=") || strings.HasPrefix(s, "_=") || strings.HasPrefix(s, "OLDPWD=")
	})
	slices.Sort(lines)
	want := []string{
		"IDEMPOTENCY_KEY=api-7/smoke", "PATH=" + os.Getenv("PATH"), "WEIR_FROM=v1", "WEIR_GATE=smoke", "WEIR_PHASE=before_switch",
		"WEIR_ROLLOUT=api-7", "WEIR_TO=v2", "WEIR_UPSTREAM=api", "WEIR_WEIGHT=12.5",
		`{"gate":"smoke","phase":"before_switch","rollout":"api-7","upstream":"api","from":"v1","to":"v2","weight":12.5,"reason":"because"}`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestCommandAnswers(t *testing.T) {
	for _, tt := range []struct {
		script string
		result Result
		why    string
	}{
		{"exit 0", Passed, "exit status 0"},
		{"echo fine; echo more", Passed, "exit status 0: fine"},
		{"echo; echo 'no tables' >&2; exit 3", Failed, "exit status 3: no tables"},
		{"kill -9 $$", Failed, "signal: killed"},
		{"cat > /dev/null; exit 1", Failed, "exit status 1"},
		{"exec <&-; exit 0", Passed, "exit status 0"}, // it need not hear the question
	} {
		want(t, tt.script, shell(tt.script).Ask(t.Context(), question), tt.result, tt.why)
	}
	want(t, "not there", (&Command{Args: []string{"weir-no-such-command"}}).Ask(t.Context(), question), Errored, "executable file not found")
	want(t, "not there", (&Command{Args: []string{"/nowhere/a"}}).Ask(t.Context(), question), Errored, "no such file")
	want(t, "no program", (&Command{Args: []string{t.TempDir()}}).Ask(t.Context(), question), Errored, "permission denied")
}

// What a command floods its output with is not kept, and does not stop it.
func TestCommandFloods(t *testing.T) {
	m := shell(`i=0; while [ $i -lt 2000 ]; do echo "line $i of very many, each of them rather long: ........................"; i=$((i+1)); done; echo last; exit 1`).Ask(t.Context(), question)
	want(t, "flood", m, Failed, "exit status 1: line 19")
	if len(m.Why) > 300 {
		t.Errorf("a reason of %d bytes", len(m.Why))
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	all := bytes.Repeat([]byte("0123456789abcdef\n"), 1000)
	for _, size := range []int{1, 7, 100, mostOutput - 1, mostOutput, mostOutput + 1, len(all)} {
		var out tail
		for chunk := range slices.Chunk(all, size) {
			if n, err := out.Write(chunk); n != len(chunk) || err != nil {
				t.Fatal(n, err)
			}
		}
		kept := out.kept()
		if !bytes.HasSuffix(all, kept) || len(kept) > mostOutput || len(kept) < mostOutput-20 || kept[0] != '0' {
			t.Errorf("in pieces of %d: kept %d bytes: %.20s", size, len(kept), kept)
		}
	}
}

// Where a command hung is in what it had said.
func TestCommandIsCutOff(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	m := shell(`echo waits for a lock; exec sleep 600`).Ask(ctx, question)
	want(t, "cut off", m, Errored, "cut off: waits for a lock")
	if m.Said != "waits for a lock" {
		t.Errorf("said %q", m.Said)
	}
}

// pids are those that a script has written, a line each.
func pids(t *testing.T, file string, n int) []int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		content, _ := os.ReadFile(file)
		words := strings.Fields(string(content))
		if len(words) == n {
			var out []int
			for _, w := range words {
				pid, err := strconv.Atoi(w)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, pid)
			}
			return out
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %q, want %d processes", file, content, n)
		}
	}
}

// gone waits until a process has ended. A zombie, which somebody else's parent has not
// waited for yet, has.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// A command that nobody wants the answer of any more ends, with all that it has
// started, whether or not it listens.
func TestCommandIsEnded(t *testing.T) {
	for name, script := range map[string]string{
		"listens":                    `sleep 600 & echo $! $$ > "$0"; wait`,
		"does not":                   `trap '' TERM; sleep 600 & echo $! $$ > "$0"; while :; do sleep 600; done`,
		"only its child does not":    `(trap '' TERM; sleep 600) & echo $! $$ > "$0"; wait`,
		"floods":                     `sleep 600 & echo $! $$ > "$0"; while :; do echo more; done`,
		"its child holds the output": `(trap '' TERM; while :; do sleep 1; done) & echo $! $$ > "$0"; exec sleep 600`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pids")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan Measurement, 1)
			go func() { done <- (&Command{Args: []string{"sh", "-c", script, file}}).Ask(ctx, question) }()
			started := pids(t, file, 2)
			cancel()
			select {
			case m := <-done:
				want(t, name, m, Errored, "cut off")
			case <-time.After(3 * killAfter):
				t.Fatal("it is still waited for")
			}
			for _, pid := range started {
				gone(t, pid)
			}
		})
	}
}

// What a command has started in the background lives on, and is not waited for.
func TestCommandLeavesABackground(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	m := (&Command{Args: []string{"sh", "-c", `echo started; sleep 600 & echo $! > "$0"`, file}}).Ask(t.Context(), question)
	want(t, "background", m, Passed, "exit status 0: started")
	pid := pids(t, file, 1)[0]
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("what it has started: %v, want it alive", err)
	}
	syscall.Kill(pid, syscall.SIGKILL)
}
