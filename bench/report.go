package main

import (
	"fmt"
	"strings"
	"time"
)

// row is one measurement against what it must be and what it aims at. An empty
// must is for the record only.
type row struct {
	what, must, aim, measured string
	kept                      bool
}

func (r row) verdict() string {
	switch {
	case r.must == "":
		return "-"
	case r.kept:
		return "kept"
	}
	return "OVER"
}

// report is what a run has found so far. Rows are printed as they come.
type report struct {
	machine []string
	rows    []row
	tables  []table
}

// table is what lies behind some rows.
type table struct {
	title string
	head  []string
	lines [][]string
}

func newReport(rounds int, each time.Duration) *report {
	r := &report{machine: append(machine(), fmt.Sprintf("%d rounds of %v", rounds, each))}
	for _, line := range r.machine {
		fmt.Println(line)
	}
	return r
}

func (r *report) add(rows ...row) {
	for _, w := range rows {
		must := w.must
		if w.aim != "" {
			must += " (aim " + w.aim + ")"
		}
		fmt.Printf("%-66s must %-32s measured %-36s %s\n", w.what, must, w.measured, w.verdict())
	}
	r.rows = append(r.rows, rows...)
}

func (r *report) detail(t table) {
	fmt.Printf("  %s\n", t.title)
	for _, line := range append([][]string{t.head}, t.lines...) {
		for _, cell := range line {
			fmt.Printf("  %-16s", cell)
		}
		fmt.Println()
	}
	r.tables = append(r.tables, t)
}

// over counts the rows that are not what they must be.
func (r *report) over() int {
	n := 0
	for _, w := range r.rows {
		if w.must != "" && !w.kept {
			n++
		}
	}
	return n
}

func (r *report) markdown() []byte {
	var b strings.Builder
	b.WriteString("# What Weir costs, beside nginx and haproxy\n\nWritten by `make bench`; one group of rows: `go run ./bench -weir bin/weir -only cpu`. `NOTES.md` says what was tried and what it gave.\n\n")
	for _, line := range r.machine {
		b.WriteString("- " + line + "\n")
	}
	b.WriteString("\n")
	rows := table{head: []string{"what", "must", "aim", "measured", ""}}
	for _, w := range r.rows {
		rows.lines = append(rows.lines, []string{w.what, w.must, w.aim, w.measured, w.verdict()})
	}
	rows.markdown(&b)
	b.WriteString("\n## Behind the rows\n")
	for _, t := range r.tables {
		b.WriteString("\n" + t.title + "\n\n")
		t.markdown(&b)
	}
	return []byte(b.String())
}

func (t table) markdown(b *strings.Builder) {
	for i, line := range append([][]string{t.head}, t.lines...) {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(line)) + "|\n")
		}
	}
}
