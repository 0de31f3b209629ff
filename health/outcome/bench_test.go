package outcome

import (
	"testing"
	"time"
)

func BenchmarkVersionFirst(b *testing.B) {
	v := NewVersion()
	b.ReportAllocs()
	for b.Loop() {
		v.First(1, OK)
	}
}

func BenchmarkVersionFirstByte(b *testing.B) {
	v, d := NewVersion(), time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		v.FirstByte(1, true, d)
		d = (d + 997*time.Microsecond) & (1<<30 - 1) // up to 1 s, so that no branch is predicted for free
	}
}

func BenchmarkEndpointRecord(b *testing.B) {
	var e Endpoint
	b.ReportAllocs()
	for b.Loop() {
		e.Record(OK, true)
	}
}

func BenchmarkUsersDone(b *testing.B) {
	u := NewUsers()
	b.ReportAllocs()
	for b.Loop() {
		u.Done(1, 200, false, 3*time.Millisecond)
	}
}

// What one request records when all goes well, from all processors at once.
func BenchmarkRequestParallel(b *testing.B) {
	v, u, e := NewVersion(), NewUsers(), &Endpoint{}
	next := make(chan int, 64)
	for i := range cap(next) {
		next <- i
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		shard := <-next
		for pb.Next() {
			v.FirstByte(shard, true, 3*time.Millisecond)
			v.First(shard, OK)
			e.Record(OK, true)
			u.Done(shard, 200, false, 3*time.Millisecond)
		}
	})
}

func BenchmarkBudgetTake(b *testing.B) {
	u, budget := NewUsers(), NewBudget(256, 0.5, 10)
	b.ReportAllocs()
	for b.Loop() {
		budget.Take(u.Requests(), start)
	}
}

func BenchmarkVersionTotals(b *testing.B) {
	v := NewVersion()
	var t Totals
	b.ReportAllocs()
	for b.Loop() {
		v.Totals(&t)
	}
}
