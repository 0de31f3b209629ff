//go:build prove

package simulate_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// table is one of the document.
type table struct {
	header []string
	rows   [][]string
}

func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.header)
	line(strings.Split(strings.Repeat("--- ", len(t.header)-1)+"---", " "))
	for _, r := range t.rows {
		line(r)
	}
	return b.String()
}

// each makes a line of every row, on all cores.
func each[R any](rows []R, line func(i int) []string) [][]string {
	out := make([][]string, len(rows))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(rows), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(rows); i = int(next.Add(1)) - 1 {
				out[i] = line(i)
			}
		})
	}
	wg.Wait()
	return out
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// percent of a part, with at most three decimals.
func percent(p float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(100*p, 'f', 3, 64), "0"), ".") + " %"
}

// part is n of all, as a percentage.
func part(n, all int) string { return percent(float64(n) / float64(all)) }

// seconds shows a time with about three digits.
func seconds(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s < 10:
		return strconv.FormatFloat(s, 'f', 2, 64)
	case s < 100:
		return strconv.FormatFloat(s, 'f', 1, 64)
	}
	return strconv.FormatFloat(s, 'f', 0, 64)
}
