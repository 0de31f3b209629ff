package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"weir/cmd/internal/app/rehearse"
)

// alone runs one command line that asks no process.
func alone(t *testing.T, args string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = execute(t.Context(), strings.Fields(args), &out, &errOut)
	return out.String(), errOut.String(), code
}

const simulateBad = "rollout simulate --rps 100 --stable-errors 0.5% --candidate-errors 20% --runs 20"

func TestSimulate(t *testing.T) {
	stdout, stderr, code := alone(t, simulateBad)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{
		"20 rollouts of v1 to v2 (3 endpoints), seed 1\n", "100 requests a second; 0.5% of them fail on v1, 20% on v2\n",
		"plan: 1% 1m, 10% 1m, 25% 1m, 100%, bake 5m\n", "20 of 20 (100%): worse 20\n", "time to revert:", "median", "90% within",
		"|####", "share of v2 in the median run: reverted after", "worse: v2 failed",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	if again, _, _ := alone(t, simulateBad); again != stdout {
		t.Errorf("the same seed gave\n%s\nand then\n%s", stdout, again)
	}
	if other, _, _ := alone(t, simulateBad+" --seed 2"); other == strings.ReplaceAll(stdout, "seed 1", "seed 2") {
		t.Error("another seed gave the same")
	}
}

// Slow is worse too.
func TestSimulateASlowCandidate(t *testing.T) {
	stdout, stderr, code := alone(t, "rollout simulate --rps 100 --stable-errors 0.5% --candidate-errors 0.5% --latency 50ms --candidate-latency 150ms --runs 5")
	for _, want := range []string{"half of them are answered within 50 ms on v1, 150 ms on v2\n", "5 of 5 (100%): worse 5\n"} {
		if code != 0 || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, stderr %q, %q is not in\n%s", code, stderr, want, stdout)
		}
	}
}

func TestSimulateHealthy(t *testing.T) {
	stdout, stderr, code := alone(t, "rollout simulate --rps 50 --stable-errors 0% --candidate-errors 0% --runs 3 --steps 10%,50% --hold 20s --bake 0s --endpoints 1")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"(1 endpoint)", "plan: 10% 20s, 50% 20s, 100%\n", "0 of 3 (0%)\n", "3 of 3\n", "succeeded after 4"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "time to revert") {
		t.Errorf("nothing was reverted, but\n%s", stdout)
	}
}

func TestSimulateJSON(t *testing.T) {
	stdout, stderr, code := alone(t, simulateBad+" -o json --hang --posts 50%")
	var r rehearse.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q: %v in %s", code, stderr, err, stdout)
	}
	if r.Runs != 20 || r.Reverted != 20 || r.RevertProbability != 1 || r.TimeToRevert == nil || r.TimeToRevert.P90 < r.TimeToRevert.Median ||
		r.UserErrors <= 0 || r.UserErrors >= r.Users || len(r.Median.Ramp) < 2 {
		t.Errorf("%+v", r)
	}
}

// The plan of a file, its bake and its endpoints.
func TestSimulateAFile(t *testing.T) {
	args := "rollout simulate --rps 100 --stable-errors 0% --candidate-errors 100% --runs 3 -c testdata/plan.yaml "
	stdout, stderr, code := alone(t, args+"api")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "old to new (2 endpoints)") || !strings.Contains(stdout, "plan: 5% 30s, 50% until promoted, 100%, bake 2m\n") {
		t.Errorf("exit %d, stderr %q, output\n%s", code, stderr, stdout)
	}
	stdout, stderr, code = alone(t, args+"green")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "plan: one switch, bake 1m\n") || !strings.Contains(stdout, "100% in 3\n") {
		t.Errorf("blue_green: exit %d, stderr %q, output\n%s", code, stderr, stdout)
	}
	for rest, want := range map[string]string{
		"none":            `testdata/plan.yaml: no upstream none`,
		"api --to old":    "no candidate",
		"three":           "want --to with one of b, c",
		"one":             "no version but the stable one",
		"three --to b":    "rollout.steps: none in the file",
		"api --to absent": "want one of new",
	} {
		stdout, stderr, code := alone(t, args+rest)
		if code != 1 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q, want 1 and %q", rest, code, stdout, stderr, want)
		}
	}
	if _, stderr, code := alone(t, strings.Replace(args, "plan.yaml", "bad.yaml", 1)+"api"); code != 1 || !strings.HasPrefix(stderr, "testdata/bad.yaml:") {
		t.Errorf("a file with faults: exit %d, stderr %q", code, stderr)
	}
}

// A share may be as small as a file can say it.
func TestSimulateASmallShare(t *testing.T) {
	stdout, stderr, code := alone(t, "rollout simulate --rps 1000 --stable-errors 0% --candidate-errors 0% --runs 1 --steps 0.00005%")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "1 rollouts of v1 to v2") {
		t.Errorf("exit %d, stderr %q, output\n%s", code, stderr, stdout)
	}
}

func TestSimulateUsage(t *testing.T) {
	const good = "--rps 1 --stable-errors 1% --candidate-errors 1% "
	for args, want := range map[string]string{
		"":                               "missing --rps",
		"--rps 1":                        "missing --stable-errors",
		good + "--stable-errors 5":       `"5": want a percentage, such as 0.5%`,
		good + "--posts 101%":            "--posts 101%: want 0% to 100%",
		good + "--latency -1s":           "--latency -1s: want a time",
		good + "--candidate-latency 9ms": "missing --latency",
		good + "--rps 0":                 "--rps 0: want a number above 0",
		good + "--rps nan":               "--rps NaN: want a number above 0",
		good + "--runs 0":                "--runs 0: want 1 to",
		good + "--steps 10%,5%":          "--steps: 5%: want percentages that grow",
		good + "--steps 10%,101%":        "--steps: 101%: want",
		good + "--steps 10":              `"10": want a percentage`,
		good + "--hold -1s":              "--hold -1s: want 0 or more",
		good + "--endpoints -1":          "--endpoints -1: want",
		good + "api":                     `unexpected "api": want -c FILE`,
		good + "--to v2":                 "--to: want -c FILE beside it",
		good + "-c f":                    "missing UPSTREAM",
		good + "-c f api --bake 1s":      "both -c and --bake",
	} {
		stdout, stderr, code := alone(t, "rollout simulate "+args)
		if code != 2 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q, want 2 and %q", args, code, stdout, stderr, want)
		}
	}
}

// Ranges are round, whatever is drawn.
func TestHistogram(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{1.5}, "      1.5s |" + strings.Repeat("#", 60) + " 1\n"},
		{[]float64{0, 0.001, 24}, "        0s |" + strings.Repeat("#", 60) + " 2\n"},
	} {
		var b bytes.Buffer
		writeHistogram(&b, c.values)
		if !strings.HasPrefix(b.String(), c.want) {
			t.Errorf("%v:\n%s\nwant it to begin with\n%s", c.values, b.String(), c.want)
		}
	}
}
