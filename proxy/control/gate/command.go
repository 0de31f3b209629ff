package gate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// mostOutput is how much of a command's output is kept: the end of it, in bytes.
	mostOutput = 4 << 10
	// killAfter is how long a command has to end when it is asked to.
	killAfter = 2 * time.Second
)

// Command asks by running a program: it says yes by ending with 0. The question is
// its standard input and in its environment, which has nothing else but PATH.
type Command struct {
	Args []string // the program, then its arguments
}

// Ask implements Asker. When ctx ends the program and all that it has started, unless
// that has left its process group, are asked to end, and then made to.
func (c *Command) Ask(ctx context.Context, q *Question) Measurement {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env = environment(q)
	cmd.Stdin = bytes.NewReader(q.payload())
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	// What the program has started and left behind may keep the output open: that is
	// not waited for.
	cmd.WaitDelay = killAfter
	if err := cmd.Start(); err != nil {
		return errored(err.Error())
	}
	err := cmd.Wait()
	m := Measurement{Said: strings.ToValidUTF8(strings.TrimSpace(string(out.kept())), "?")}
	if ctx.Err() != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whoever has not heard the first; nobody may be left
		m.Why = "cut off" + andWords(out.kept())
		return m
	}
	switch exit, ended := errors.AsType[*exec.ExitError](err); {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		m.Result, m.Why = Passed, "exit status 0"
	case ended:
		m.Result, m.Why = Failed, exit.ProcessState.String()
	default:
		m.Why = err.Error()
	}
	m.Why += andWords(out.kept())
	return m
}

// environment is that of a command.
func environment(q *Question) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"),
		"WEIR_GATE=" + q.Gate, "WEIR_PHASE=" + q.Phase, "WEIR_ROLLOUT=" + q.Rollout, "WEIR_UPSTREAM=" + q.Upstream,
		"WEIR_FROM=" + q.From, "WEIR_TO=" + q.To, "WEIR_WEIGHT=" + strconv.FormatFloat(q.Weight, 'f', -1, 64),
		"IDEMPOTENCY_KEY=" + q.Key,
	}
	if q.Endpoint != "" {
		env = append(env, "WEIR_VERSION="+q.Version, "WEIR_ENDPOINT="+q.Endpoint)
	}
	return env
}

// tail keeps the end of what is written.
type tail struct {
	buf []byte
	cut bool // there was more
}

// Write implements io.Writer. It never fails: a program does not fail by what it says.
func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p[max(0, len(p)-mostOutput):]...)
	if over := len(t.buf) - mostOutput; over > 0 || len(p) > mostOutput {
		t.cut = true
		t.buf = append(t.buf[:0], t.buf[max(0, over):]...)
	}
	return len(p), nil
}

// kept is the end of the output, from the beginning of a line on if there is one.
func (t *tail) kept() []byte {
	if !t.cut {
		return t.buf
	}
	if _, rest, found := bytes.Cut(t.buf, []byte("\n")); found && len(rest) > 0 {
		return rest
	}
	return t.buf
}
