//go:build prove

package simulate_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// document is where the numbers stand for people.
const document = "../../../docs/verdict.md"

var write = flag.Bool("write", os.Getenv("WEIR_DOCS") == "write", "write "+document+" instead of comparing with it (environment: WEIR_DOCS=write)")

// TestProveVerdict simulates what is promised of verdicts, and writes it down or
// compares it with what is written. It needs some minutes.
func TestProveVerdict(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // states are many and short-lived
	var tables []any
	for _, simulate := range []func(*testing.T) table{
		falseRevertsByFormula, timesByFormula, falseRevertsByRules, healthyRamps, timesByRules, combined, harderWorlds,
	} {
		began := time.Now()
		tables = append(tables, simulate(t))
		t.Logf("%v, in %v", tables[len(tables)-1].(table).header, time.Since(began).Round(time.Second))
	}
	text := fmt.Sprintf(strings.ReplaceAll(page, "~", "`"), tables...)
	if *write {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, string(written), text)
}

var numeral = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)

// compare wants the same words, and numbers that are the same but for what another
// machine's rounding makes of many runs.
func compare(t *testing.T, written, simulated string) {
	if numeral.ReplaceAllString(written, "0") != numeral.ReplaceAllString(simulated, "0") {
		t.Errorf("%s says something else than the simulation, which gives:\n%s", document, simulated)
		return
	}
	a, b := numeral.FindAllString(written, -1), numeral.FindAllString(simulated, -1)
	for i := range a {
		x, _ := strconv.ParseFloat(a[i], 64)
		y, _ := strconv.ParseFloat(b[i], 64)
		if math.Abs(x-y) > max(0.5, 0.1*math.Abs(x)) {
			t.Errorf("%s: %s (number %d), simulated %s", document, a[i], i+1, b[i])
		}
	}
}

// page has ~ for what begins and ends code.
const page = `# Verdicts: what they promise, and how well they keep it

A rollout is reverted when its candidate is *worse* than the stable version beside it. That is decided in the data path, after
every failure and at least ten times a second, for as long as the rollout takes, and still with a bound on false alarms: a
candidate that is no worse is reverted as worse with a probability of at most ~alpha~ (0.01), however often one looks. This
page says what the rules do to candidates that are fine, and how long they need for those that are not. All numbers come from
simulation with fixed seeds; ~make prove~ makes them again, writes this page and fails where a promise is broken. That takes
ten to eleven minutes of processor time, so half of that on two cores.
~weir rollout simulate~ does the same for a plan of yours, ~weir rollout plan~ says what to expect from the traffic of now.

## The comparison by itself

Only failures move the comparison: each is weighed by whether it was the candidate's, against the candidate's part of the
requests at that time. So weights may change while it runs, and what hits both versions alike cancels. It is a mixture of
eight alternatives, from 1.25 to 100 times the ratio ~tolerate~ (r0) that is still accepted; their average is an e-value, and
"worse" is an e-value of 1/alpha. As a rule of thumb it needs ln(8/alpha)/KL failures in both versions together, where KL is what
one failure says on average about whose it is.

Here it runs alone, as it is analysed on paper: requests arrive at random (Poisson), there is a look each second, alpha is 0.01.

Candidates as good as stable that are reverted within ten minutes, of 10 000 each:

%s
Time until a bad candidate is reverted at 100 requests a second, median / nine of ten, and in brackets the median of the
candidate's requests by then; 4000 each. Times go with 1/rate.

%s
## All rules together

The same with what a file has that says nothing of how to judge: ~tolerate: 1.25~, ~min_failures: 3~, ~max_error_rate: 5%%~, a comparison that
begins again every minute so that a late regression is found, candidates of three endpoints that are ejected after five failures
in a row, and a revert only on failures of more than one of them.

Candidates as good as stable, at that share for ten minutes with a look each second, of 10 000 each:

%s
Whole rollouts of such candidates, 1 %%, 10 %% and 25 %% for twenty seconds each, then everything for the five minutes of the bake; 10 000
in all:

%s
Bad candidates at 100 requests a second, 1000 each. What fails on the candidate is retried on stable (the shield), so the errors that
users saw are stable's own:

%s
## Errors and latency together

Slower than stable is worse, too: by how often each version exceeds stable's median, p90 and p99 of the past. Both metrics make
one e-value, 0.8 of it by errors and 0.2 by latency, so alpha is for both. A candidate may be as much slower as it may fail more
(~tolerate~), and its latency counts only after 30 s with traffic (~warm_up~). Here stable's median is 50 ms, the logarithm of latencies has
a standard deviation of 0.8, 0.5 %% of stable's requests fail, and the candidate has 10 %% of 100 requests a second, looked at each second.
The first two candidates are to be left alone.

%s
## Worlds that are not as on paper

Both versions fail alike where nothing else is said, and the candidate stays at 10 %% of 100 requests a second; what dies or hangs
has 10 %% of 1000. Of the candidates that are fine at most one in a hundred may be reverted.

%s
Two of these are what the count of failures rests on. In a keyed split a client's further failures are not counted: else one broken
client that the split always sends to the candidate would condemn it. And one dead endpoint is ejected, which is no fault of the release.
`
