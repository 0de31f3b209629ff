package proxy

import "testing"

// faultyWrite is a request whose body cannot be read without a fault of Weir's own.
type faultyWrite struct {
	Exchange
	before func() // the fault
}

func (f faultyWrite) Gather(*WriteGate, *waitingWrite) (*reply, bool) {
	f.before()
	panic("a fault")
}

// A write that ends in a panic while it waits is nobody's write any more: neither waits
// it, nor is it under way, whether its turn has come or not.
func TestPanicWhileAWriteWaits(t *testing.T) {
	for _, turned := range []bool{false, true} {
		var g WriteGate
		if !g.Hold(plenty()) {
			t.Fatal("no hold")
		}
		s, w := &Server{}, &worker{}
		x := faultyWrite{before: func() {
			if turned {
				g.End("test")
			}
		}}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
				w.endWrite() // as abandon does
			}()
			s.waitForWrites(x, w, &g)
		}()
		g.End("test")
		if s := g.State(); s.Waiting != 0 || g.Inflight() != 0 || g.shut.Load() {
			t.Errorf("its turn had come: %v: %d wait, %d are under way, shut: %v", turned, s.Waiting, g.Inflight(), g.shut.Load())
		}
	}
}
