package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"weir/cmd/internal/app/rehearse"
)

const (
	plotWidth = 60
	plotBins  = 12
	plotRows  = 10
)

// writeHistogram draws how often values fall where, in ten to twelve ranges of a
// round width. Values are sorted and there is one at least.
func writeHistogram(w io.Writer, values []float64) {
	first, last := values[0], values[len(values)-1]
	width := roundUp((last - first) / plotBins)
	from := math.Floor(first/width) * width
	var bins []int
	for _, v := range values {
		i := int((v - from) / width)
		for len(bins) <= i {
			bins = append(bins, 0)
		}
		bins[i]++
	}
	most := 0
	for _, n := range bins {
		most = max(most, n)
	}
	for i, n := range bins {
		bar := strings.Repeat("#", int(math.Ceil(float64(n)*plotWidth/float64(most))))
		line := fmt.Sprintf("  %8s |%-*s %d", took(from+float64(i)*width), plotWidth, bar, n)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// roundUp is the next of 1, 2 and 5 times a power of ten; a hundredth of a second
// at least.
func roundUp(v float64) float64 {
	v = max(v, 0.01)
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*unit >= v*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

// writeRamp draws a run's share over its time.
func writeRamp(w io.Writer, e *rehearse.Example) {
	share := make([]float64, plotWidth) // the highest in that time
	for i, p := range e.Ramp {
		end := e.Took
		if i+1 < len(e.Ramp) {
			end = e.Ramp[i+1].At
		}
		for c := column(p.At, e.Took); c <= column(end, e.Took) && c < plotWidth; c++ {
			share[c] = max(share[c], p.Percent)
		}
	}
	for row := plotRows; row >= 1; row-- {
		label := ""
		if row == plotRows || row == plotRows/2 {
			label = fmt.Sprintf("%d%%", row*100/plotRows)
		}
		var line strings.Builder
		for _, s := range share {
			switch full := s * plotRows / 100; {
			case full >= float64(row):
				line.WriteByte('#')
			case full > float64(row-1):
				line.WriteByte('.')
			default:
				line.WriteByte(' ')
			}
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %8s |%s", label, line.String()), " "))
	}
	fmt.Fprintf(w, "  %8s +%s\n  %8s  0%*s\n", "0%", strings.Repeat("-", plotWidth), "", plotWidth-1, took(e.Took))
}

func column(at, all float64) int {
	if all <= 0 {
		return 0
	}
	return int(at / all * plotWidth)
}
