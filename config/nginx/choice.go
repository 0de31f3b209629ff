package nginx

import (
	"fmt"
)

// choice is one of the values that a text may have: under a condition, and where
// split_clients decides, in shares.
type choice struct {
	when   condition
	shares []share
}

// share is a value and the part of the requests that have it, in percent.
type share struct {
	percent float64
	value   text
}

func certain(t text) []share { return []share{{100, t}} }

// variables is what the configuration says of variables: what map and split_clients
// make of others, and in a server or location what set has set.
type variables struct {
	say    verdicts
	blocks map[string]*Directive // map and split_clients, by variable
	set    map[string][]choice   // by variable
	by     map[string]*Directive // what set them
}

// with is the same variables, to be set without changing these.
func (v variables) with() variables {
	set, by := make(map[string][]choice, len(v.set)), make(map[string]*Directive, len(v.by))
	for name, c := range v.set {
		set[name], by[name] = c, v.by[name]
	}
	v.set, v.by = set, by
	return v
}

const (
	mostNested  = 10  // variables that stand for each other
	mostChoices = 500 // values of a text, each with its condition
)

// expand replaces the variables in t that the configuration defines by their values.
// The choices are in the order they are asked in, the last one without a condition.
// The error says why the value cannot be known from the file.
func (v variables) expand(t text) ([]choice, error) { return v.expandTo(t, 0) }

func (v variables) expandTo(t text, depth int) ([]choice, error) {
	if depth == mostNested {
		return nil, fmt.Errorf("more than %d variables that stand for each other", mostNested)
	}
	out := []choice{{shares: certain(nil)}}
	for _, p := range t {
		values, err := v.values(p, depth)
		if err != nil {
			return nil, err
		}
		if out, err = product(out, values); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// values are the values of one piece.
func (v variables) values(p piece, depth int) ([]choice, error) {
	if c, ok := v.set[p.Variable]; ok {
		v.say.honour(v.by[p.Variable])
		return c, nil
	}
	d := v.blocks[p.Variable]
	if d == nil {
		return []choice{{shares: certain(text{p})}}, nil
	}
	read := v.mapped
	if d.Name == "split_clients" {
		read = v.split
	}
	raw, err := read(d)
	if err != nil {
		return nil, err
	}
	var out []choice
	for _, c := range raw {
		inner, err := v.nested(c, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}

// nested expands the values of a choice.
func (v variables) nested(c choice, depth int) ([]choice, error) {
	if len(c.shares) == 1 {
		inner, err := v.expandTo(c.shares[0].value, depth+1)
		if err != nil {
			return nil, err
		}
		return product([]choice{{when: c.when, shares: certain(nil)}}, inner)
	}
	for i, s := range c.shares {
		inner, err := v.expandTo(s.value, depth+1)
		if err != nil {
			return nil, err
		}
		if len(inner) != 1 || len(inner[0].shares) != 1 {
			return nil, fmt.Errorf("a share that is chosen again")
		}
		c.shares[i].value = inner[0].shares[0].value
	}
	return []choice{c}, nil
}

// product is every value of a followed by every value of b.
func product(a, b []choice) ([]choice, error) {
	var out []choice
	for _, x := range a {
		for _, y := range b {
			when, ok := x.when.and(y.when)
			if !ok {
				continue
			}
			if len(x.shares) > 1 && len(y.shares) > 1 {
				return nil, fmt.Errorf("shares of shares")
			}
			c := choice{when: when}
			for _, s := range x.shares {
				for _, t := range y.shares {
					c.shares = append(c.shares, share{s.percent * t.percent / 100, concat(s.value, t.value)})
				}
			}
			out = append(out, c)
		}
		if len(out) > mostChoices {
			return nil, fmt.Errorf("more than %d values", mostChoices)
		}
	}
	return out, nil
}

// ordered are choices such that Weir, which asks the narrower ones first, comes to the
// same as NGINX, which asks them in their order: where a request could be two of
// them, a choice for both says what the first one does. There may be as many as all
// combinations: above mostChoices they are not complete.
func ordered(in []choice) []choice {
	var out []choice
	add := func(c choice) {
		for _, had := range out {
			if had.when.equal(c.when) {
				return // whoever could come here has gone there
			}
		}
		out = append(out, c)
	}
	for i, c := range in {
		for _, before := range in[:i] {
			if len(out) > mostChoices {
				return out
			}
			if both, ok := before.when.and(c.when); ok {
				add(choice{when: both, shares: before.shares})
			}
		}
		add(c)
	}
	return out
}
