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
// A share that grows only brings people in, one that shrinks only takes them out.
type Ramp struct {
	To       *Variant
	Rest     *Variant // what those get who are in no segment and outside the share; nil: what the file says
	Segments []*Segment
	// Share is in parts of Whole, by targetingKey. Who has none cannot be drawn, and is in
	// no share but the whole.
	Share int
	// Out ends the ramp for everybody as soon as it is set, before there is another layer;
	// nil: nothing does.
	Out interface{ IsSet() bool }
}

// Whole is the share of everybody.
const Whole = 100_000

// Arm is where a ramp has put somebody. What it is of is told apart by that: who was drawn
// is like those beside, and who was chosen is not.
type Arm uint8

// The arms.
const (
	NoArm  Arm = iota // there is no ramp, or nobody is named and so could be drawn
	Drawn             // in the share
	Chosen            // in a segment
	Beside            // in neither, and might have been drawn
)

// ramp decides by a ramp.
func (f *Flag) ramp(r *Ramp, c *Context) Decision {
	arm, reason := f.arm(r, c)
	var d Decision
	switch {
	case reason != "":
		d = f.give(r.To, reason)
	case r.Rest != nil:
		d = f.give(r.Rest, ReasonStatic)
	default:
		d = f.asWritten(c)
	}
	d.Arm = arm
	return d
}

// arm is where a ramp puts somebody, and why he gets the variant: "" is not.
func (f *Flag) arm(r *Ramp, c *Context) (Arm, string) {
	if r.Out != nil && r.Out.IsSet() {
		return NoArm, ""
	}
	for _, s := range r.Segments {
		if s.holds(c) {
			return Chosen, ReasonTargetingMatch
		}
	}
	bucket, named := f.bucket(c)
	switch {
	case r.Share >= Whole, named && bucket < r.Share:
		return Drawn, ReasonSplit
	case named:
		return Beside, ""
	}
	return NoArm, ""
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
