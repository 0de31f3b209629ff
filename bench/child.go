package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// patience is how long a child may take to start, and how long to end.
const patience = 10 * time.Second

// child is a process that this run has started and will end.
type child struct {
	cmd  *exec.Cmd
	log  bytes.Buffer  // what it said; read it only after its end
	said *bufio.Reader // the standard output of a part of the scenery
}

// start runs a program in its place.
func start(p place, program string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(program, args...)}
	c.cmd.Env = append(os.Environ(), p.env()...)
	c.cmd.Stdout, c.cmd.Stderr = &c.log, &c.log
	if err := startOn(c.cmd, p.cpus); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop asks it to end, and then makes it.
func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	insist := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	defer insist.Stop()
	_ = c.cmd.Wait() // its exit code is not what is measured
}

// childFlag makes this program a part of the scenery: "responder", "floor", "open"
// or "slow".
const childFlag = "-child"

// startSelf runs this program as a part of the scenery and waits until it says
// that it listens.
func startSelf(p place, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, append([]string{childFlag}, args...)...)}
	c.cmd.Env = append(os.Environ(), p.env()...)
	c.cmd.Stderr = &c.log
	said, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.said = bufio.NewReader(said)
	if err := startOn(c.cmd, p.cpus); err != nil {
		return nil, err
	}
	if line, _ := c.said.ReadString('\n'); line != ready {
		c.stop()
		return nil, fmt.Errorf("%s: %s", args[0], c.log.String())
	}
	return c, nil
}

// ready is the line by which a part of the scenery says that it listens.
const ready = "ready\n"

func runChild(args []string) error {
	switch args[0] {
	case "responder":
		return respond(args[1:])
	case "floor":
		return relayBytes(args[1], args[2])
	case "slow":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return crawl(args[1], n)
	case "open":
		var n [2]int // rate, total
		for i := range n {
			var err error
			if n[i], err = strconv.Atoi(args[2+i]); err != nil {
				return err
			}
		}
		return generate(args[1], n[0], n[1])
	}
	return errors.New("no such child: " + args[0])
}
