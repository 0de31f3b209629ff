package balancer

// drawing is the algorithms that draw endpoints by weight: the best one of so many
// draws.
type drawing struct {
	from  ranges
	by    measure
	draws int
}

func (d *drawing) pick(f *fit, turn uint64) int32 {
	at := d.from.scaled(mix(turn))
	if d.draws == 1 {
		return d.fitting(at, f, turn)
	}
	// Drawn before the first is looked at: of many endpoints hardly one is in the cache,
	// and so both are waited for together.
	turn2 := mix(turn)
	next := d.another(at, turn2)
	best := d.fitting(at, f, turn)
	if best < 0 {
		return -1
	}
	cost := d.by.of(f, best)
	for n := 1; ; n++ {
		f.other = best + 1
		i := d.fitting(next, f, turn2)
		f.other = 0
		if i < 0 {
			return best // there is no other
		}
		// Of equals the first: it was drawn by weight among all, which the second is not.
		if c := d.by.of(f, i); c < cost {
			best, cost = i, c
		}
		if n == d.draws-1 {
			return best
		}
		turn2 = mix(turn2)
		next = d.another(next, turn2)
	}
}

// another draws a place that is not at: its neighbour where it would be that, which
// of few endpoints is often, and drawing again would take long.
func (d *drawing) another(at int, turn uint64) int {
	next := d.from.scaled(mix(turn))
	if next != at {
		return next
	}
	if next++; next == len(d.from.members) {
		return 0
	}
	return next
}

// fitting is the endpoint at a place that was drawn if it fits, else another one.
func (d *drawing) fitting(at int, f *fit, turn uint64) int32 {
	if i := d.from.member(at); f.ok(i) {
		return i
	}
	return drawn(&d.from, d.from.members, f, turn)
}
