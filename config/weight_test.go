package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// split is a file with these weights for v1 (stable), v2 and so on; "" omits one.
func split(weights ...string) []byte {
	var b strings.Builder
	b.WriteString("listeners: [{name: web, address: \":80\"}]\nroutes: [{upstream: api}]\n")
	b.WriteString("upstreams:\n  api:\n    stable: v1\n    versions:\n")
	for i, w := range weights {
		if w != "" {
			w = "weight: " + w + ", "
		}
		fmt.Fprintf(&b, "      v%d: {%sendpoints: [\"127.0.0.1:%d\"]}\n", i+1, w, 3001+i)
	}
	return []byte(b.String())
}

func TestWeights(t *testing.T) {
	tests := []struct {
		written []string
		want    []float64
	}{
		{[]string{""}, []float64{100}},
		{[]string{"5"}, []float64{5}},
		{[]string{"100%"}, []float64{100}},
		{[]string{"90", "10"}, []float64{90, 10}},
		{[]string{"2", "1", "1"}, []float64{2, 1, 1}},
		{[]string{"7", ""}, []float64{7, 0}},
		{[]string{"", ""}, []float64{100, 0}},
		{[]string{"", "10", ""}, []float64{90, 10, 0}},
		{[]string{"", "100"}, []float64{0, 100}},
		{[]string{"0", "1"}, []float64{0, 1}},
		{[]string{"0%", "100%"}, []float64{0, 100}},
		{[]string{"99.9%", "0.1%"}, []float64{99.9, 0.1}},
		{[]string{"", "0.1%"}, []float64{99.9, 0.1}},
		{[]string{"", "33.3%", "33.3%"}, []float64{33.4, 33.3, 33.3}},
		{[]string{"33.3%", "33.3%", "33.4%"}, []float64{33.3, 33.3, 33.4}},
		{[]string{"1000000000", "1"}, []float64{1e9, 1}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.written, "_"), func(t *testing.T) {
			c, err := Parse("weir.yaml", split(tt.written...))
			if err != nil {
				t.Fatal(err)
			}
			var got []float64
			for _, v := range c.Upstreams[0].Versions {
				got = append(got, v.Weight)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("weights of %q (-want +got):\n%s", tt.written, diff)
			}
		})
	}
}

// Percentages that sum to 100 in decimal are accepted whatever binary fractions
// make of them, and one hundredth of a percent more or less is not.
func TestPercentagesSumInDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cuts := rapid.SliceOfN(rapid.IntRange(0, 2500), 1, 4).Draw(t, "hundredths of a percent of v2...")
		rest := 10000
		var others []string
		for _, c := range cuts {
			rest -= c
			others = append(others, hundredths(c))
		}
		if _, err := Parse("weir.yaml", split(append([]string{hundredths(rest)}, others...)...)); err != nil {
			t.Error(err)
		}
		off := rest + rapid.SampledFrom([]int{-1, 1}).Draw(t, "off")
		if _, err := Parse("weir.yaml", split(append([]string{hundredths(off)}, others...)...)); err == nil {
			t.Errorf("%d hundredths beside %v: want them refused", off, cuts)
		}
	})
}

func hundredths(n int) string { return fmt.Sprintf("%d.%02d%%", n/100, n%100) }
