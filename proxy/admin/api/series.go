package api

import (
	"encoding/json"
	"math"
	"strconv"
)

// Series answers GET /v1/upstreams/{u}/series: what happened, second by second, in
// columns as long as At. At most the last quarter of an hour is kept, less where very
// many upstreams have traffic; of an upstream that has had none for as long, nothing.
type Series struct {
	IntervalMS int64     `json:"interval_ms"` // from a point to the next; more where Weir could not look
	At         []int64   `json:"at"`          // ends of the seconds in Unix milliseconds, oldest first
	Users      UserLines `json:"users"`
	// Versions are in the order of the configuration file.
	Versions []VersionLines `json:"versions"`
	// Evidence is of the versions that were judged at any of the points, or are now.
	Evidence []EvidenceLine `json:"evidence"`
}

// UserLines are what users saw; see Window.
type UserLines struct {
	Requests Line `json:"requests"`
	Errors   Line `json:"errors"`
	P50      Line `json:"p50_ms"`
	P99      Line `json:"p99_ms"`
}

// VersionLines are a version's first attempts; see Window.
type VersionLines struct {
	Name     string `json:"name"`
	Share    Line   `json:"share"` // of new requests, 0 to 1
	Requests Line   `json:"requests"`
	Errors   Line   `json:"errors"`
	P50      Line   `json:"p50_ms"`
	P90      Line   `json:"p90_ms"`
	P99      Line   `json:"p99_ms"`
}

// EvidenceLine is what there was against a version: Evidence.Combined in decimal
// logarithms.
type EvidenceLine struct {
	Version string `json:"version"`
	Log10E  Line   `json:"log10_e"`
	// Threshold is what Log10E has to reach; null when nobody judges the version now.
	Threshold *float64 `json:"threshold_log10"`
}

// Line is the numbers of one column. NaN is null in JSON: nothing was there to be
// measured.
type Line []float32

// MarshalJSON writes an array of numbers and nulls.
func (l Line) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 2+8*len(l)), '[')
	for i, n := range l {
		if i > 0 {
			b = append(b, ',')
		}
		if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, f, 'g', -1, 32)
		}
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Line) UnmarshalJSON(b []byte) error {
	var numbers []*float32
	if err := json.Unmarshal(b, &numbers); err != nil {
		return err
	}
	*l = make(Line, len(numbers))
	for i, n := range numbers {
		if (*l)[i] = float32(math.NaN()); n != nil {
			(*l)[i] = *n
		}
	}
	return nil
}
