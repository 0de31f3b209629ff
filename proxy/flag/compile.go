package flag

import (
	"slices"

	"weir/config/spell"
)

// rule is what a rule, or a part of one, says of a context.
type rule func(*Context) Value

// condition is whether it holds.
type condition func(*Context) bool

// operand is a part of a rule, ready to run.
type operand struct {
	run      rule
	holds    condition // whether what run says is truthy, where only that is asked for
	constant bool      // run says the same of everybody: value
	value    Value
}

func constant(v Value) operand {
	holds := v.truthy()
	return operand{
		run: func(*Context) Value { return v }, holds: func(*Context) bool { return holds },
		constant: true, value: v,
	}
}

// saying is an operand that says run.
func saying(run rule) operand {
	return operand{run: run, holds: func(c *Context) bool { return run(c).truthy() }}
}

// holding is an operand that says true or false.
func holding(holds condition) operand {
	return operand{run: func(c *Context) Value { return BoolValue(holds(c)) }, holds: holds}
}

// folded is o, run here and now where all that it looks at is constant.
func folded(o operand, args []operand) operand {
	for _, a := range args {
		if !a.constant {
			return o
		}
	}
	c := Context{work: maxWork}
	if v := o.run(&c); c.work >= 0 {
		return constant(v)
	}
	return o
}

// compiler makes closures of the rules of a set.
type compiler struct {
	segments map[string]*Segment
	shared   bool // compiling one of $evaluators
	inside   int  // within how many of map, filter and the like
	clock    bool // the rule looks at the time
	names    []string
	index    map[string]int // of names
}

// attribute is the place of an attribute among the names of the set.
func (c *compiler) attribute(name string) int {
	i, ok := c.index[name]
	if !ok {
		i = len(c.names)
		c.index[name] = i
		c.names = append(c.names, name)
	}
	return i
}

// segment compiles a shared rule.
func (c *compiler) segment(r shared) *Segment {
	s := &Segment{name: r.name, rule: constant(Value{}), written: r.at}
	if r.at.is(Object, "a rule") {
		c.shared, c.clock = true, false
		s.rule = c.compile(r.at)
		s.clock, c.shared = c.clock, false
	}
	return s
}

// compile makes an operand of a part of a rule. What is wrong with it is recorded; the
// operand is then good for nothing.
func (c *compiler) compile(p place) operand {
	switch n := p.node; n.Kind {
	case Bool:
		return constant(BoolValue(n.Bool))
	case Number:
		return constant(NumberValue(n.Number))
	case Text:
		return constant(TextValue(n.Text))
	case List:
		return listOf(c.all(p.items()))
	case Object:
		return c.operation(p)
	}
	return constant(Value{})
}

// all compiles several parts.
func (c *compiler) all(at []place) []operand {
	out := make([]operand, len(at))
	for i := range at {
		out[i] = c.compile(at[i])
	}
	return out
}

// listOf is a list of what operands say.
func listOf(args []operand) operand {
	return folded(saying(func(c *Context) Value {
		if !c.spend(len(args)) {
			return Value{}
		}
		items := make([]Value, len(args))
		for i := range args {
			items[i] = args[i].run(c)
		}
		return ListValue(items)
	}), args)
}

const wantOperation = "an object with one operator, like {\"==\": [{\"var\": \"plan\"}, \"pro\"]}"

// operation compiles an object: an operator with its operands, or a reference to a shared
// rule.
func (c *compiler) operation(p place) operand {
	if n := len(p.node.Members); n != 1 {
		p.fail("%d members: want %s", n, wantOperation)
		return constant(Value{})
	}
	at := p.member(0)
	if at.name.Name == "$ref" {
		return c.reference(at)
	}
	op, ok := operators[at.name.Name]
	if !ok {
		at.failName("unknown operator%s", meantOperator(at.name.Name))
		return constant(Value{})
	}
	args, bare := []place{at}, true
	if at.node.Kind == List {
		args, bare = at.items(), false
	}
	if bare && op.least > 1 {
		at.fail("%s: want a list of %s", at.shown(), op.operands())
		return constant(Value{})
	}
	if n := len(args); n < op.least || op.most >= 0 && n > op.most {
		at.fail("%s: want %s", counted(n), op.operands())
		return constant(Value{})
	}
	if op.special != nil {
		return op.special(c, at, args)
	}
	operands := c.all(args)
	return folded(op.build(operands, bare && at.node.Kind == Object), operands)
}

// reference compiles {"$ref": "name"}.
func (c *compiler) reference(at place) operand {
	if !at.is(Text, "the name of a rule under $evaluators") {
		return constant(Value{})
	}
	name := at.node.Text
	if c.shared {
		at.fail("%s: want no $ref here, a shared rule does not refer to another", spell.Show(name))
		return constant(Value{})
	}
	s := c.segments[name]
	if s == nil {
		var names []string
		for name := range c.segments {
			names = append(names, name)
		}
		slices.Sort(names)
		if len(names) == 0 {
			at.fail("%s is no shared rule: there are none, want some under $evaluators", spell.Show(name))
		} else {
			at.fail("%s is no shared rule%s", spell.Show(name), spell.Allowed(name, names))
		}
		return constant(Value{})
	}
	c.clock = c.clock || s.clock
	return s.rule
}
