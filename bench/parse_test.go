package main

import (
	"slices"
	"testing"
)

// What other programs print, as the expressions must find it.
func TestExpressions(t *testing.T) {
	for name, c := range map[string]struct {
		got  []string
		want []string
	}{
		"ramps":  {rampLine.FindStringSubmatch("    prove_test.go:21: {rps:100 rate:0.04 ramps:1000}: 1 reverted"), []string{"1000", "1"}},
		"pick":   {pickLine.FindStringSubmatch("BenchmarkPick/random_two/10000-2         \t  923367\t       789.8 ns/op\t       0 B/op"), []string{"random_two", "10000", "789.8"}},
		"strace": {straceLine.FindStringSubmatch(" 29.91    0.219331           4     51200        12 recvfrom"), []string{"51200", "recvfrom"}},
		"calls without errors": {
			straceLine.FindStringSubmatch(" 29.91    0.219331           4     51200           write"), []string{"51200", "write"},
		},
	} {
		if len(c.got) == 0 || !slices.Equal(c.got[1:], c.want) {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}
