package demo

import (
	"errors"
	"testing"
	"time"
)

func TestTallyForgetsAllButTheLastSecond(t *testing.T) {
	var c tally
	begin := time.Unix(100, 0)
	for i := range 200 { // two seconds, the second one slower
		latency := time.Millisecond
		if i >= 100 {
			latency = 10 * time.Millisecond
		}
		var err error
		if i == 3 || i == 150 {
			err = errors.New("answer 500")
		}
		c.add(begin.Add(time.Duration(i)*10*time.Millisecond), latency, err)
	}
	if n := c.total(); n.requests != 200 || n.errors != 2 || n.late != 0 || n.first == nil {
		t.Errorf("total = %+v, want 200 requests, 2 errors and the first, none of them late", n)
	}
	n, bad, p99 := c.lately(begin.Add(2 * time.Second))
	if n != 100 || bad != 1 || p99 != 10*time.Millisecond {
		t.Errorf("lately = %d, %d, %v, want 100 requests, 1 error, 10 ms", n, bad, p99)
	}
	c.add(begin.Add(time.Minute), overdue, nil)
	if n := c.total(); n.late != 1 {
		t.Errorf("%d late, want the one", n.late)
	}
	if n, _, p99 := c.lately(begin.Add(2 * time.Minute)); n != 0 || p99 != 0 {
		t.Errorf("lately after a quiet minute = %d, %v, want nothing", n, p99)
	}
}
