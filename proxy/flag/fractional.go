package flag

import (
	"math"

	"weir/balancer/murmur"
)

// maxWeight is the greatest weight, and the greatest sum of weights, that flagd takes.
const maxWeight = math.MaxInt32

const wantShare = "a share: a list of a variant, or of a variant and its weight"

// share is one entry of fractional.
type share struct {
	variant operand
	weight  operand
	upTo    uint64 // the sum of the weights to here, where all are constant
}

// shares is fractional: whom a decision is about has a place between 0 and the sum of the
// weights, by the hash of a text, and gets the share that the place is in.
type shares struct {
	by    hashing // nil: the flag's key and the targetingKey
	list  []share
	total uint64 // 0: weights are rules
	rules bool   // a variant is a rule
}

// hashing is the hash of what somebody is placed by, and what that is: a text, or null for
// the flag's key and the targetingKey. By anything else nobody is placed.
type hashing func(c *Context) (h murmur.Hash, k Kind)

func fractional(c *compiler, p place, args []place) operand {
	return saying(c.shares(p, args).choose)
}

// shares compiles the operands of fractional.
func (c *compiler) shares(p place, args []place) *shares {
	s := &shares{}
	if args[0].node.Kind != List {
		s.by = c.placedBy(args[0])
		args = args[1:]
	}
	if len(args) == 0 {
		p.fail("no shares: want at least one, each %s", wantShare)
	}
	constants := true
	for _, at := range args {
		e := c.share(at)
		constants = constants && e.weight.constant
		s.rules = s.rules || !e.variant.constant
		s.total += uint64(weightOf(e.weight.value))
		e.upTo = s.total
		s.list = append(s.list, e)
	}
	switch {
	case !constants:
		s.total = 0
	case s.total == 0 && len(args) > 0:
		p.fail("weights that are all 0: want one of 1 or more")
	case s.total > maxWeight:
		p.fail("weights that are %d together: want up to %d", s.total, maxWeight)
	}
	return s
}

// share compiles one entry.
func (c *compiler) share(at place) share {
	none := share{variant: constant(Value{}), weight: constant(NumberValue(1))}
	if !at.is(List, wantShare) {
		return none
	}
	items := at.items()
	if n := len(items); n < 1 || n > 2 {
		at.fail("a list of %d: want %s", n, wantShare)
		return none
	}
	out := share{variant: c.compile(items[0]), weight: none.weight}
	if k := items[0].node.Kind; k == List {
		items[0].fail("%s: want the name of a variant, or a rule that says one", k)
	}
	if len(items) < 2 {
		return out
	}
	w := c.compile(items[1])
	if w.constant {
		written := items[1].node.Kind != Object
		if n := weightOf(w.value); n < 0 || written && w.value.number < 0 {
			items[1].fail("%s: want a whole number from 0 to %d, or a rule that says one", items[1].shown(), maxWeight)
			return out
		}
	}
	out.weight = w
	return out
}

// weightOf is the weight that a value stands for, 0 below 0; -1 where it is none.
func weightOf(v Value) int64 {
	switch n := v.number; {
	case v.kind != Number || n != math.Trunc(n) || n > maxWeight:
		return -1
	case n < 0: // a weight that was calculated may fall below
		return 0
	default:
		return int64(n)
	}
}

// placedBy compiles what people are placed by. A text that is put together is hashed piece
// by piece, and never made.
func (c *compiler) placedBy(p place) hashing {
	pieces := []place{p}
	together := p.node.Kind == Object && len(p.node.Members) == 1 && p.node.Members[0].Name == "cat" &&
		p.node.Members[0].Value.Kind == List && len(p.node.Members[0].Value.Items) > 0
	if together {
		pieces = p.member(0).items()
	}
	operands := c.all(pieces)
	if !together {
		o := operands[0]
		if o.constant && o.value.kind != Text {
			p.fail("%s: want a text to place people by, or %s", p.shown(), wantShare)
		}
		return func(c *Context) (murmur.Hash, Kind) {
			v := o.run(c)
			return murmur.Hash{}.Add([]byte(v.text)), v.kind
		}
	}
	return func(c *Context) (h murmur.Hash, k Kind) {
		var buf [64]byte
		for i := range operands {
			switch v := operands[i].run(c); v.kind {
			case Null:
			case Text:
				h = h.Add([]byte(v.text))
			default:
				h = h.Add(v.appendText(buf[:0]))
			}
		}
		return h, Text
	}
}

// choose is the variant of the share that somebody is in; null where nobody is named, or
// the weights are none.
func (s *shares) choose(c *Context) Value {
	bucket, _, ok := s.place(c)
	if !ok {
		return Value{}
	}
	if s.rules {
		for i := range s.list {
			if k := s.list[i].variant.run(c).kind; k == List || k == Object {
				return Value{}
			}
		}
	}
	end := uint64(0)
	for i := range s.list {
		e := &s.list[i]
		if s.total > 0 {
			end = e.upTo
		} else {
			end += uint64(weightOf(e.weight.run(c))) // a rule says the same again
		}
		if bucket < end {
			return e.variant.run(c)
		}
	}
	return Value{}
}

// place is where somebody is, from 0, among as many places as the weights are together;
// false where nobody is named, or the weights are none.
func (s *shares) place(c *Context) (bucket, total uint64, ok bool) {
	hash, kind := murmur.Hash{}, Null
	if s.by != nil {
		hash, kind = s.by(c)
	}
	switch kind {
	case Text:
	case Null:
		key := c.key()
		if key == "" || c.flag == nil {
			return 0, 0, false
		}
		hash = c.flag.hash.Add([]byte(key))
	default:
		return 0, 0, false
	}
	total = s.total
	if total == 0 {
		for i := range s.list {
			w := weightOf(s.list[i].weight.run(c))
			if w < 0 {
				return 0, 0, false
			}
			total += uint64(w)
		}
		if total == 0 || total > maxWeight {
			return 0, 0, false
		}
	}
	return uint64(hash.Sum()) * total >> 32, total, true
}
