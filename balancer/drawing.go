package balancer

// drawing is the algorithms that draw endpoints by weight: the best one of so many
// draws.
type drawing struct {
	from  ranges
	by    measure
	draws int
}

func (d *drawing) pick(f fit, turn uint64) int32 {
	best := d.from.draw(mix(turn))
	if d.draws == 1 {
		return d.fitting(best, f, turn)
	}
	// Drawn before the first is looked at: of many endpoints hardly one is in the cache,
	// and so both are waited for together.
	turn2 := mix(turn)
	next := d.from.draw(mix(turn2))
	if best = d.fitting(best, f, turn); best < 0 {
		return -1
	}
	cost := d.by.of(&f, best)
	for n := 1; ; n++ {
		f.other = best + 1
		i := d.fitting(next, f, turn2)
		if i < 0 {
			return best // there is no other
		}
		// Of equals the first: it was drawn by weight among all, which the second is not.
		if c := d.by.of(&f, i); c < cost {
			best, cost = i, c
		}
		if n == d.draws-1 {
			return best
		}
		turn2 = mix(turn2)
		next = d.from.draw(mix(turn2))
	}
}

// fitting is an endpoint that was drawn if it fits, else another one.
func (d *drawing) fitting(i int32, f fit, turn uint64) int32 {
	if f.ok(i) {
		return i
	}
	return drawn(&d.from, d.from.members, f, turn)
}
