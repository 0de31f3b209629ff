package gate

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script answers with its words, one after the other, and the last for ever: p passed,
// f failed, i inconclusive, e error, h hangs, s says something and hangs.
func script(words string, asked *[]time.Duration) func(context.Context) Measurement {
	start, n := time.Now(), 0
	return func(ctx context.Context) Measurement {
		*asked = append(*asked, time.Since(start))
		word := words[min(n, len(words)-1)]
		n++
		switch word {
		case 'p':
			return Measurement{Result: Passed, Why: "0.2, 0.1 or more"}
		case 'f':
			return Measurement{Result: Failed, Why: "0, want 0.1 or more"}
		case 'i':
			return Measurement{Result: Inconclusive, Why: "no series"}
		case 's':
			<-ctx.Done()
			return Measurement{Why: "cut off: waits for a lock", Said: "waits for a lock"}
		case 'h':
			<-ctx.Done()
		}
		return errored("connection refused")
	}
}

func TestDecide(t *testing.T) {
	once := Policy{Timeout: 30 * time.Second, Count: 1, ErrorLimit: 4}
	with := func(change func(*Policy)) Policy {
		p := once
		change(&p)
		return p
	}
	thrice := with(func(p *Policy) { p.Count, p.Interval = 3, 5*time.Second })
	for _, tt := range []struct {
		name    string
		policy  Policy
		script  string
		verdict Verdict
		why     string
		times   int
		at      time.Duration // of the last
		took    time.Duration
	}{
		{"passes at once", once, "p", Approved, "0.2, 0.1 or more", 1, 0, 0},
		{"one failure is enough", once, "f", Rejected, "0, want 0.1 or more", 1, 0, 0},
		{"waits first", with(func(p *Policy) { p.InitialDelay = 7 * time.Second }), "p", Approved, "0.2", 1, 7 * time.Second, 7 * time.Second},
		{"errors are asked again, less and less soon", once, "eeeep", Approved, "0.2", 5, 3 * time.Second, 3 * time.Second},
		{"too many errors", once, "e", Unanswered, "error: connection refused; 5 errors in a row, want at most 4", 5, 3 * time.Second, 3 * time.Second},
		{"no error allowed", with(func(p *Policy) { p.ErrorLimit = 0 }), "e", Unanswered, "error: connection refused", 1, 0, 0},
		{"errors count in a row", with(func(p *Policy) { p.Count, p.Interval, p.ErrorLimit = 2, time.Second, 1 }), "epep", Approved, "; 2 of 2 passed", 4, 3 * time.Second, 3 * time.Second},
		{"inconclusive is none", once, "i", Unanswered, "inconclusive: no series", 1, 0, 0},
		{"inconclusive is allowed", with(func(p *Policy) { p.InconclusiveLimit = 2 }), "iip", Approved, "0.2", 3, 600 * time.Millisecond, 600 * time.Millisecond},
		{"too often inconclusive", with(func(p *Policy) { p.InconclusiveLimit = 1 }), "i", Unanswered, "inconclusive: no series; 2 inconclusive, want at most 1", 2, 200 * time.Millisecond, 200 * time.Millisecond},
		{"all of three", thrice, "p", Approved, "0.2, 0.1 or more; 3 of 3 passed", 3, 10 * time.Second, 10 * time.Second},
		{"the third fails", thrice, "ppf", Rejected, "0, want 0.1 or more", 3, 10 * time.Second, 10 * time.Second},
		{"a failure is allowed", with(func(p *Policy) { p.Count, p.Interval, p.FailureLimit = 3, time.Second, 1 }), "pfpp", Approved, "3 of 3", 4, 3 * time.Second, 3 * time.Second},
		{"too many failures", with(func(p *Policy) { p.Count, p.Interval, p.FailureLimit = 3, time.Second, 1 }), "pff", Rejected, "0, want 0.1 or more; 2 failed, want at most 1", 3, 2 * time.Second, 2 * time.Second},
		{"hangs", once, "h", Unanswered, "no answer within 30s", 1, 0, 30 * time.Second},
		{"hangs, and has said where", once, "s", Unanswered, "no answer within 30s; cut off: waits for a lock", 1, 0, 30 * time.Second},
		{"errors to the end", with(func(p *Policy) { p.ErrorLimit, p.Interval = 1000, 4*time.Second }), "fe", Rejected, "0", 1, 0, 0},
		{"no end of errors", with(func(p *Policy) { p.ErrorLimit, p.Interval = 1000, 4*time.Second }), "e", Unanswered, "no answer within 30s; 0 of 1 passed, 8 errors in a row; the last error: connection refused", 8, 28 * time.Second, 30 * time.Second},
		{"dry run, passed", with(func(p *Policy) { p.DryRun = true }), "p", Approved, "dry run: would pass: 0.2", 1, 0, 0},
		{"dry run, failed", with(func(p *Policy) { p.DryRun = true }), "f", Approved, "dry run: would be rejected: 0", 1, 0, 0},
		{"dry run, hangs", with(func(p *Policy) { p.DryRun = true }), "h", Approved, "dry run: would have no answer: no answer within 30s", 1, 0, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []time.Duration
				start := time.Now()
				a, ok := tt.policy.Decide(t.Context(), script(tt.script, &asked), nil)
				if !ok || a.Verdict != tt.verdict || !strings.Contains(a.Why, tt.why) {
					t.Errorf("%+v, %v; want %v, %q", a, ok, tt.verdict, tt.why)
				}
				if len(asked) != tt.times || asked[len(asked)-1] != tt.at {
					t.Errorf("asked at %v, want %d times, the last at %v", asked, tt.times, tt.at)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

func TestDecideSaysHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []time.Duration
		var said []string
		p := Policy{Timeout: time.Minute, Count: 2, Interval: time.Second, ErrorLimit: 1}
		p.Decide(t.Context(), script("epp", &asked), func(s string) { said = append(said, s) })
		want := []string{
			"0 of 2 passed, 1 errors in a row; the last error: connection refused",
			"1 of 2 passed; the last passed: 0.2, 0.1 or more",
		}
		if strings.Join(said, "\n") != strings.Join(want, "\n") {
			t.Errorf("said %q, want %q", said, want)
		}
	})
}

// Whoever no longer wants an answer does not wait for one.
func TestDecideEndsWithItsContext(t *testing.T) {
	for _, words := range []string{"h", "e", "p"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			p := Policy{Timeout: time.Hour, Count: 1000, Interval: time.Minute, ErrorLimit: 1000, DryRun: true}
			start := time.Now()
			var asked []time.Duration
			if a, ok := p.Decide(ctx, script(words, &asked), nil); ok {
				t.Errorf("%s: %+v, want none", words, a)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("%s: took %v", words, took)
			}
		})
	}
}
