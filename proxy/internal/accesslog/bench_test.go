package accesslog

import (
	"testing"

	"github.com/rs/zerolog"
)

// BenchmarkRecord is what a request pays.
func BenchmarkRecord(b *testing.B) {
	e := sample()
	b.Run("off", func(b *testing.B) {
		l := New(zerolog.Nop())
		for b.Loop() {
			if l.On() {
				l.Record(1, e)
			}
		}
	})
	b.Run("on", func(b *testing.B) {
		l := New(zerolog.Nop())
		l.rule.Store(newRule(everything))
		b.ReportAllocs()
		for b.Loop() {
			l.Record(1, e)
			if s := &l.shards[1]; s.filling.half() {
				s.filling.empty()
			}
		}
	})
}

// BenchmarkLine is what the owner pays for a line.
func BenchmarkLine(b *testing.B) {
	for name, f := range map[string]format{"json": newJSON(), "combined": must(newTemplate(Combined()))} {
		b.Run(name, func(b *testing.B) {
			var line []byte
			e, c := sample(), fixed()
			b.ReportAllocs()
			for b.Loop() {
				line = f.append(line[:0], e, c)
			}
		})
	}
}
