package flag

// Layer is what operators and rollouts have set over what the file says of one flag. It is
// not written once decisions are made by it. In this order: Disabled, Force, Ramp.
type Layer struct {
	Disabled bool     // nobody gets a variant
	Enabled  bool     // the flag is on though the file says DISABLED; Disabled wins
	Force    *Variant // everybody gets it; nil: nobody is forced
	Ramp     *Ramp    // nil: none
}

// Ramp is a variant on its way: to those of segments first, then to a share of everybody.
// Who is in no segment and outside the share gets what the file says. A share that grows
// only brings people in, one that shrinks only takes them out.
type Ramp struct {
	To       *Variant
	Segments []*Segment
	Share    int // in parts of Whole, by targetingKey; who has none is in no share
}

// Whole is the share of everybody.
const Whole = 100_000

// ramp is who gets the variant of a ramp, and why: "" is not.
func (f *Flag) ramp(r *Ramp, c *Context) string {
	for _, s := range r.Segments {
		if s.holds(c) {
			return ReasonTargetingMatch
		}
	}
	if bucket, ok := f.bucket(c); ok && bucket < r.Share {
		return ReasonSplit
	}
	return ""
}

// Bucket is where a flag's shares have somebody, from 0 to Whole-1: below the share they
// are in. False where nobody is named.
func (f *Flag) Bucket(c *Context) (int, bool) {
	c.begin(f)
	return f.bucket(c)
}

func (f *Flag) bucket(c *Context) (int, bool) {
	key := c.key()
	if key == "" {
		return 0, false
	}
	return int(uint64(f.hash.Add([]byte(key)).Sum()) * Whole >> 32), true
}
