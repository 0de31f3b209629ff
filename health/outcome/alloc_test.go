//go:build !race

package outcome

import (
	"testing"
	"time"
)

func TestRecordingAllocatesNothing(t *testing.T) {
	v, u, b := NewVersion(), NewUsers(), NewBudget(10, 0.2, 10)
	e, set := &Endpoint{}, NewStatusSet([2]int{500, 599})
	b.Take(0, start)
	for name, f := range map[string]func(){
		"Version.First":      func() { v.First(1, Error) },
		"Version.Later":      func() { v.Later(1, OK) },
		"Version.Write":      func() { v.Write(1, OK) },
		"Version.FirstByte":  func() { v.FirstByte(1, true, 3*time.Millisecond) },
		"Version.Client":     func() { v.ClientError(1) },
		"Endpoint.Slow":      func() { e.Slow(3) },
		"Endpoint.Record":    func() { e.Record(Timeout, true) },
		"Endpoint.Counts":    func() { e.Counts() },
		"Users.Done":         func() { u.Done(1, 200, false, time.Millisecond) },
		"Budget.Take":        func() { b.Take(u.Requests(), start) },
		"StatusSet.Contains": func() { set.Contains(503) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocs per call, want 0", name, n)
		}
	}
}
