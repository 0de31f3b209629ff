package demo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// stopWait is how long a child may take to end before it is killed.
const stopWait = 10 * time.Second

// child is this program, started again with another command.
type child struct {
	cmd  *exec.Cmd
	exit chan error // one value when it has ended
}

func startChild(cmd *exec.Cmd) (*child, error) {
	cmd.SysProcAttr = childAttr()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, exit: make(chan error, 1)}
	go func() { c.exit <- cmd.Wait() }()
	return c, nil
}

// stop ends the child, in good order if it can.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-c.exit:
		return err
	case <-time.After(stopWait):
		_ = c.cmd.Process.Kill() // it may have ended meanwhile
		return fmt.Errorf("%s did not end within %v: %w", c.cmd.Args[1], stopWait, <-c.exit)
	}
}

// backendProc is one backend, seen from the demo.
type backendProc struct {
	addr   string
	ledger ledger
	proc   *child
	stdin  io.WriteCloser
	read   chan struct{} // closed when the whole log is read
}

func startBackend(program string) (*backendProc, error) {
	cmd := exec.Command(program, "demo-backend")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	// Not StdoutPipe: Wait would close it before the last lines are read.
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = in
	proc, err := startChild(cmd)
	in.Close()
	if err != nil {
		out.Close()
		return nil, err
	}
	b := &backendProc{proc: proc, stdin: stdin, read: make(chan struct{})}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		out.Close()
		return nil, errors.Join(errors.New("demo backend said no address"), proc.stop())
	}
	b.addr = lines.Text()
	go func() {
		defer close(b.read)
		defer out.Close()
		for lines.Scan() {
			if e, err := parseEntry(lines.Text()); err == nil {
				b.ledger.add(e)
			} else {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}()
	return b, nil
}

// turn makes the backend fail from now on.
func (b *backendProc) turn(how fault) error {
	_, err := io.WriteString(b.stdin, how.command+"\n")
	return err
}

func (b *backendProc) stop() error {
	b.stdin.Close()
	err := b.proc.stop()
	<-b.read
	return err
}
