//go:build !race

package accesslog

import "testing"

// TestAllocFreeRecord: with the log on, a request allocates nothing for it, and
// neither does a line on its way to the file.
func TestAllocFreeRecord(t *testing.T) {
	l := run(t)
	l.use(t, Options{})
	e := sample()
	for range 3000 {
		l.Record(0, e)
	}
	if n := testing.AllocsPerRun(3000, func() { l.Record(0, e) }); n != 0 {
		t.Errorf("%v allocations per entry, want 0", n)
	}
}
