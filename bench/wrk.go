package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// load is what wrk has seen: a closed loop, each connection asking again as soon
// as it has its answer.
type load struct {
	requests  int64
	perSecond float64
	p50, p99  time.Duration
}

// wrk asks url for a while on so many connections, from its own place.
func wrk(ctx context.Context, p place, url string, connections int, d time.Duration) (load, error) {
	return wrkBy(ctx, p, url, connections, d, "")
}

// wrkBy is wrk by a script of its own, which is a file; "": by none.
func wrkBy(ctx context.Context, p place, url string, connections int, d time.Duration, script string) (load, error) {
	path, err := exec.LookPath("wrk")
	if err != nil {
		return load{}, errors.New("wrk is missing (Debian: apt-get install wrk)")
	}
	seconds := max(1, int(d.Round(time.Second)/time.Second))
	args := []string{"-t1", fmt.Sprintf("-c%d", connections), fmt.Sprintf("-d%ds", seconds), "--timeout", "10s", "--latency"}
	if script != "" {
		args = append(args, "-s", script)
	}
	c, err := start(p, path, append(args, url)...)
	if err != nil {
		return load{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return load{}, fmt.Errorf("wrk: %w\n%s", err, c.log.String())
		}
		return parseWrk(c.log.String())
	case <-ctx.Done():
		_ = c.cmd.Process.Kill()
		return load{}, errors.Join(ctx.Err(), <-ended) // the second says that it was killed
	}
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkRate     = regexp.MustCompile(`Requests/sec: +([\d.]+)`)
	wrkPart     = regexp.MustCompile(`(?m)^ +(50|99)% +([\d.]+[a-z]+)`)
)

// parseWrk reads what wrk prints at its end. Any request that failed spoils the
// measurement: what failed was not served.
func parseWrk(said string) (l load, err error) {
	if strings.Contains(said, "Non-2xx") || strings.Contains(said, "Socket errors") {
		return l, fmt.Errorf("requests failed:\n%s", said)
	}
	requests, rate := wrkRequests.FindStringSubmatch(said), wrkRate.FindStringSubmatch(said)
	parts := wrkPart.FindAllStringSubmatch(said, -1)
	if requests == nil || rate == nil || len(parts) != 2 {
		return l, fmt.Errorf("wrk said something new:\n%s", said)
	}
	if l.requests, err = strconv.ParseInt(requests[1], 10, 64); err != nil {
		return l, err
	}
	if l.perSecond, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return l, err
	}
	if l.p50, err = time.ParseDuration(parts[0][2]); err != nil {
		return l, err
	}
	l.p99, err = time.ParseDuration(parts[1][2])
	return l, err
}
