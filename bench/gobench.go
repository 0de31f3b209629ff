package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// goTest runs tests or benchmarks of the module and returns what they say.
func goTest(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1"}, args...)...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go test %s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return string(said), nil
}

var pickLine = regexp.MustCompile(`(?m)^BenchmarkPick/(\w+)/(\d+)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)

// promised are the algorithms whose pick is bounded and does not grow.
var promised = []string{"round_robin", "random_two", "hash", "maglev"}

// pickRows are the choice of an endpoint by algorithm and how many there are.
func (b *bench) pickRows(ctx context.Context) error {
	const most = 60.0 // ns
	said, err := goTest(ctx, "-run", "^$", "-bench", "^BenchmarkPick$", "-benchtime", "100ms", "-count", "5", "./balancer")
	if err != nil {
		return err
	}
	// Of five runs the quickest: a benchmark counts the time of whatever else runs.
	quickest := map[[2]string]float64{}
	var algorithms, sizes []string
	for _, m := range pickLine.FindAllStringSubmatch(said, -1) {
		ns, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return err
		}
		if !slices.Contains(algorithms, m[1]) {
			algorithms = append(algorithms, m[1])
		}
		if !slices.Contains(sizes, m[2]) {
			sizes = append(sizes, m[2])
		}
		at := [2]string{m[1], m[2]}
		if before, seen := quickest[at]; !seen || ns < before {
			quickest[at] = ns
		}
	}
	t := table{
		title: "Choice of an endpoint in ns, by algorithm and number of endpoints, the quickest of five runs:",
		head:  append([]string{"algorithm"}, sizes...),
	}
	for _, a := range algorithms {
		line := []string{a}
		for _, size := range sizes {
			line = append(line, fmt.Sprintf("%.1f", quickest[[2]string{a, size}]))
		}
		t.lines = append(t.lines, line)
	}
	for _, a := range promised {
		slowest := 0.0
		for _, size := range sizes {
			slowest = max(slowest, quickest[[2]string{a, size}])
		}
		if slowest == 0 {
			return fmt.Errorf("no BenchmarkPick of %s:\n%s", a, said)
		}
		b.add(row{
			what: "pick by " + a + ", 2 to 10 000 endpoints, the slowest", must: "<= 60 ns, flat",
			measured: fmt.Sprintf("%.0f ns", slowest), kept: slowest <= most,
		})
	}
	b.detail(t)
	return nil
}

var rampLine = regexp.MustCompile(`ramps:(\d+)\}: (\d+) reverted`)

// falseRows simulate ramps of a version that is as good as the one before.
func (b *bench) falseRows(ctx context.Context) error {
	args := []string{"-tags", "prove", "-v", "-run", "^TestProveHealthyRamps$", "-timeout", "15m", "./balancer/rollout"}
	if b.each < 2*time.Second { // a first impression
		args = []string{"-v", "-run", "^TestSimulationHealthyRamps$", "./balancer/rollout"}
	}
	said, err := goTest(ctx, args...)
	if err != nil {
		return err
	}
	var ramps, reverted int
	for _, m := range rampLine.FindAllStringSubmatch(said, -1) {
		n, _ := strconv.Atoi(m[1]) // digits, by the expression
		k, _ := strconv.Atoi(m[2])
		ramps, reverted = ramps+n, reverted+k
	}
	if ramps == 0 {
		return fmt.Errorf("no simulation:\n%s", said)
	}
	share := float64(reverted) / float64(ramps)
	b.add(row{
		what: fmt.Sprintf("false reverts, equal error rates, whole ramps, %d simulated", ramps), must: "<= 1 %",
		measured: fmt.Sprintf("%.2f %% (%d)", 100*share, reverted), kept: share <= 0.01,
	})
	return nil
}
