package simulate

// mirror asks the candidate what n requests have asked stable, as far as the plan has
// them copied.
func (w *World) mirror(n int, r *rates) {
	w.copied += float64(n) * w.State.Mirrors() / 100
	for ; w.copied >= 1 && len(w.endpoints) > 0; w.copied-- {
		e := w.pick()
		stable, candidate := w.rng.Float64() < r.stable, w.rng.Float64() < r.candidate[e]
		m := &w.Observed.Mirror
		m.Pairs++
		switch {
		case candidate && !stable:
			m.CandidateWorse++
		case stable && !candidate:
			m.StableWorse++
		case !stable && w.Mismatch > 0 && w.rng.Float64() < w.Mismatch:
			m.Mismatches++
		}
	}
}
