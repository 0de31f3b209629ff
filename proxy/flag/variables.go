package flag

import (
	"strings"

	"weir/config/spell"
)

// What a rule may ask of the decision itself.
const (
	ownPrefix = "$flagd"
	flagKey   = "$flagd.flagKey"
	timestamp = "$flagd.timestamp"
)

// reference is an attribute, or what is within one, found before it is asked for.
type reference struct {
	whole bool // all attributes
	own   string
	index int // of the name; -1 within an item
	name  string
	rest  []string
}

// refer finds what a name refers to.
func (c *compiler) refer(name string) reference {
	if name == "" {
		return reference{whole: true}
	}
	r := reference{index: -1}
	if name == flagKey || name == timestamp {
		c.clock = c.clock || name == timestamp && c.inside == 0
		r.own = name
		return r
	}
	parts := strings.Split(name, ".")
	r.name, r.rest = parts[0], parts[1:]
	if c.inside == 0 {
		r.index = c.attribute(r.name)
	}
	return r
}

// get is what r refers to.
func (r *reference) get(c *Context) Value {
	switch {
	case r.whole:
		return c.all()
	case r.own != "":
		return c.own(r.own)
	case len(r.rest) == 0:
		return c.attribute(r.index, r.name)
	}
	return c.attribute(r.index, r.name).at(r.rest)
}

// own is what the decision itself has: nothing within an item.
func (c *Context) own(name string) Value {
	switch {
	case c.inside:
		return Value{}
	case name == timestamp:
		return NumberValue(float64(c.Now))
	case c.flag == nil:
		return Value{}
	}
	return TextValue(c.flag.key)
}

// lookup finds what a name refers to that a rule put together.
func (c *Context) lookup(name string) Value {
	switch name {
	case "":
		return c.all()
	case flagKey, timestamp:
		return c.own(name)
	}
	first, rest, more := strings.Cut(name, ".")
	v := c.attribute(-1, first)
	for more {
		first, rest, more = strings.Cut(rest, ".")
		v = v.Member(first)
	}
	return v
}

// nameOf is the name that a value stands for: null is all attributes.
func nameOf(v Value) string {
	if v.kind == Null {
		return ""
	}
	return v.toText()
}

// checkName refuses a name that begins as the decision's own do, but is none.
func checkName(p place, name string) {
	if name != flagKey && name != timestamp && (name == ownPrefix || strings.HasPrefix(name, ownPrefix+".")) {
		p.fail("%s%s", spell.Show(name), spell.Allowed(name, []string{flagKey, timestamp}))
	}
}

// variable is var: an attribute by name, and what to say where there is none.
func variable(c *compiler, _ place, args []place) operand {
	if len(args) == 0 {
		r := c.refer("")
		return saying(r.get)
	}
	name := c.compile(args[0])
	otherwise := constant(Value{})
	if len(args) == 2 {
		otherwise = c.compile(args[1])
	}
	var get rule
	if name.constant {
		text := nameOf(name.value)
		checkName(args[0], text)
		r := c.refer(text)
		get = r.get
	} else {
		c.clock = true // it may turn out to be the time
		get = func(c *Context) Value { return c.lookup(nameOf(name.run(c))) }
	}
	if otherwise.constant && otherwise.value.kind == Null {
		return saying(get)
	}
	return saying(func(c *Context) Value {
		if v := get(c); v.kind != Null {
			return v
		}
		return otherwise.run(c)
	})
}

// missing is the names out of a list that there are no attributes of.
func missing(c *compiler, p place, args []place) operand {
	if names, ok := c.constantNames(args); ok {
		return names.missing(func(there int) bool { return there == len(names.refs) })
	}
	operands := c.all(args)
	c.clock = true
	return saying(func(c *Context) Value {
		if len(operands) > 0 {
			if first := operands[0].run(c); first.kind == List {
				return c.missing(first.inner.items)
			}
		}
		names := make([]Value, 0, len(operands))
		for _, o := range operands {
			names = append(names, o.run(c))
		}
		return c.missing(names)
	})
}

// missingSome is the missing names out of a list, unless enough of them are there.
func missingSome(c *compiler, _ place, args []place) operand {
	need := c.compile(args[0])
	if need.constant && need.value.kind != Number {
		args[0].fail("%s: want how many of the names must be there, a number", args[0].shown())
	}
	if need.constant && args[1].node.Kind == List {
		if names, ok := c.constantNames(args[1].items()); ok {
			return names.missing(func(there int) bool { return float64(there) >= need.value.number })
		}
	}
	list := c.compile(args[1])
	c.clock = true
	return saying(func(c *Context) Value {
		names := list.run(c)
		if names.kind != List {
			return emptyList
		}
		out := c.missing(names.inner.items)
		if float64(len(names.inner.items)-len(out.inner.items)) >= need.run(c).toNumber() {
			return emptyList
		}
		return out
	})
}

var emptyList = ListValue(nil)

// missing is which of names there are no attributes of.
func (c *Context) missing(names []Value) Value {
	if !c.spend(len(names)) {
		return emptyList
	}
	var out []Value
	for _, n := range names {
		if c.lookup(nameOf(n)).kind == Null {
			out = append(out, n)
		}
	}
	return ListValue(out)
}

// wanted is names that are looked for, and what they refer to.
type wanted struct {
	names []Value
	refs  []reference
}

// constantNames is args as names, where all are written as such.
func (c *compiler) constantNames(args []place) (wanted, bool) {
	if len(args) == 1 && args[0].node.Kind == List {
		args = args[0].items()
	}
	for _, a := range args {
		if a.node.Kind == Object || a.node.Kind == List {
			return wanted{}, false
		}
	}
	var w wanted
	for _, a := range args {
		v := c.compile(a).value
		checkName(a, nameOf(v))
		w.names = append(w.names, v)
		w.refs = append(w.refs, c.refer(nameOf(v)))
	}
	return w, true
}

// missing says which names are missing, and nothing where enough are there.
func (w wanted) missing(enough func(there int) bool) operand {
	return saying(func(c *Context) Value {
		there := 0
		for i := range w.refs {
			if w.refs[i].get(c).kind != Null {
				there++
			}
		}
		if enough(there) {
			return emptyList
		}
		var out []Value
		for i := range w.refs {
			if w.refs[i].get(c).kind == Null {
				out = append(out, w.names[i])
			}
		}
		return ListValue(out)
	})
}
