package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// flagRows are what a decision costs in the path of a request, and what applications wait
// for that ask for decisions.
func (b *bench) flagRows(ctx context.Context) error {
	if err := b.decisionRows(ctx); err != nil {
		return err
	}
	return b.ofrepRows(ctx)
}

var decisionLine = regexp.MustCompile(`(?m)^BenchmarkEvaluate/(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op\s+(\d+) B/op\s+(\d+) allocs/op`)

// decisionRows are rules by what they look at.
func (b *bench) decisionRows(ctx context.Context) error {
	const most = 200.0 // ns
	said, err := goTest(ctx, "-run", "^$", "-bench", "^BenchmarkEvaluate$", "-benchmem", "-benchtime", "100ms", "-count", "5", "./proxy/flag")
	if err != nil {
		return err
	}
	quickest, allocs := map[string]float64{}, 0 // of five runs: a benchmark counts the time of whatever else runs
	var rules []string
	for _, m := range decisionLine.FindAllStringSubmatch(said, -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(m[4]) // digits, by the expression
		before, seen := quickest[m[1]]
		if !seen {
			rules = append(rules, m[1])
		}
		if !seen || ns < before {
			quickest[m[1]] = ns
		}
		allocs = max(allocs, n)
	}
	if len(rules) == 0 {
		return fmt.Errorf("no benchmark of decisions:\n%s", said)
	}
	slices.SortFunc(rules, func(a, b string) int { return int(quickest[a] - quickest[b]) })
	t := table{title: "Decision of a flag in ns, by what its rule looks at, the quickest of five runs:", head: []string{"rule", "ns"}}
	for _, rule := range rules {
		t.lines = append(t.lines, []string{strings.ReplaceAll(rule, "_", " "), fmt.Sprintf("%.0f", quickest[rule])})
	}
	mid := quickest[rules[len(rules)/2]]
	b.add(row{
		what: fmt.Sprintf("decision of a flag, the median of %d rules", len(rules)), must: "<= 200 ns, 0 allocations",
		measured: fmt.Sprintf("%.0f ns, %d allocations", mid, allocs), kept: mid <= most && allocs == 0,
	})
	b.detail(t)
	return nil
}

// manyFlags are how many an application asks for at once.
const manyFlags = 50

// ofrepRows are one decision, all of manyFlags, and an answer that has not changed, on
// eight connections.
func (b *bench) ofrepRows(ctx context.Context) error {
	const connections = 8
	proxy, others, err := apart()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "flags.json")
	if err := os.WriteFile(file, []byte(flagsOf(manyFlags)), 0o600); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	w, err := b.startWeir(ctx, `versions: {v1: {endpoints: ["127.0.0.1:1"]}}`, setting{
		at: proxy, more: fmt.Sprintf("flags: {files: [%q], ofrep: {address: %q}}\n", file, address),
	})
	if err != nil {
		return err
	}
	defer w.stop()
	url := "http://" + address + "/ofrep/v1/evaluate/flags"
	tag, err := tagOf(ctx, url)
	if err != nil {
		return err
	}
	t := table{title: fmt.Sprintf("OFREP, %d connections, each asking again as soon as it has its answer, one core:", connections), head: []string{"asked for", "answers/s", "p50", "p99", "CPU for each"}}
	for _, ask := range []struct{ what, path, tag string }{
		{"one flag", "/flag-7", ""}, {fmt.Sprintf("all of %d", manyFlags), "", ""}, {"all, not changed", "", tag},
	} {
		script := filepath.Join(dir, "ask.lua")
		text := fmt.Sprintf("wrk.method = \"POST\"\nwrk.body = %q\nwrk.headers[\"Content-Type\"] = \"application/json\"\n", whoAsks)
		if ask.tag != "" {
			text += fmt.Sprintf("wrk.headers[\"If-None-Match\"] = %q\n", ask.tag)
		}
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			return err
		}
		var rates, cpu []float64
		var p50, p99 []time.Duration
		for range b.rounds {
			before, err := cpuTime(w.pid())
			if err != nil {
				return err
			}
			l, err := wrkBy(ctx, others, url+ask.path, connections, b.each, script)
			if err != nil {
				return err
			}
			after, err := cpuTime(w.pid())
			if err != nil {
				return err
			}
			rates, cpu = append(rates, l.perSecond), append(cpu, float64(after-before)/float64(l.requests))
			p50, p99 = append(p50, l.p50), append(p99, l.p99)
		}
		each := time.Duration(median(cpu)).Round(100 * time.Nanosecond)
		b.add(row{what: "OFREP, " + ask.what + ", one core", measured: fmt.Sprintf("%.0f/s, p99 %v, %v of CPU", median(rates), part(p99, 50).Round(time.Microsecond), each)})
		t.lines = append(t.lines, []string{
			ask.what, fmt.Sprintf("%.0f", median(rates)), part(p50, 50).Round(time.Microsecond).String(), part(p99, 50).Round(time.Microsecond).String(), each.String(),
		})
	}
	b.detail(t)
	return nil
}

// whoAsks is the body of each request.
const whoAsks = `{"context":{"targetingKey":"user-4711","email":"somebody@example.com","plan":"pro","country":"de","age":44}}`

// flagsOf is so many flags: a third each without a rule, by a segment, and by a share.
func flagsOf(n int) string {
	rules := []string{``, `, "targeting": {"if": [{"$ref": "internal"}, "on", null]}`, `, "targeting": {"fractional": [["on", 10], ["off", 90]]}`}
	var flags []string
	for i := range n {
		flags = append(flags, fmt.Sprintf(`"flag-%d": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"%s}`, i, rules[i%len(rules)]))
	}
	return `{"$evaluators": {"internal": {"ends_with": [{"var": "email"}, "@example.com"]}}, "flags": {` + strings.Join(flags, ",\n") + `}}`
}

// tagOf is the ETag of all flags.
func tagOf(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(whoAsks))
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if tag := res.Header.Get("ETag"); res.StatusCode == http.StatusOK && tag != "" {
		return tag, nil
	}
	return "", fmt.Errorf("%s: %s, and no ETag", url, res.Status)
}
