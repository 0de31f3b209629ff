package main

import (
	"fmt"
	"strconv"
	"strings"
)

// partFlag is a flag that takes a percentage, and is a part of 1.
type partFlag struct{ part *float64 }

func (f partFlag) Type() string { return "percent" }

func (f partFlag) String() string {
	if f.part == nil { // cobra asks the zero value
		return ""
	}
	return percent(*f.part)
}

func (f partFlag) Set(s string) error {
	p, err := parsePercent(s)
	if err != nil {
		return err
	}
	*f.part = p / 100
	return nil
}

// percentsFlag takes percentages with commas between them.
type percentsFlag struct{ percents *[]float64 }

func (f percentsFlag) Type() string { return "percents" }

func (f percentsFlag) String() string {
	if f.percents == nil {
		return ""
	}
	var out []string
	for _, p := range *f.percents {
		out = append(out, percent(p/100))
	}
	return strings.Join(out, ",")
}

func (f percentsFlag) Set(s string) error {
	var out []float64
	for part := range strings.SplitSeq(s, ",") {
		p, err := parsePercent(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		out = append(out, p)
	}
	*f.percents = out
	return nil
}

func parsePercent(s string) (float64, error) {
	if !percentWeight.MatchString(s) {
		return 0, fmt.Errorf("%q: want a percentage, such as 0.5%%", s)
	}
	return strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
}
