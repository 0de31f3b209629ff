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
	if !f.ok(best) {
		best = drawn(&d.from, d.from.members, f, turn)
	}
	if d.draws == 1 || best < 0 {
		return best
	}
	cost := d.by.of(&f, best)
	for range d.draws - 1 {
		turn = mix(turn)
		f.other = best + 1
		i := d.from.draw(mix(turn))
		if !f.ok(i) {
			if i = drawn(&d.from, d.from.members, f, turn); i < 0 {
				break // there is no other
			}
		}
		// Of equals the first: it was drawn by weight among all, which the second is not.
		if c := d.by.of(&f, i); c < cost {
			best, cost = i, c
		}
	}
	return best
}
