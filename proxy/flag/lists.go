package flag

// merge is one list of all operands, those that are lists with their items.
func merge(args []operand, spread bool) operand {
	return saying(func(c *Context) Value {
		var out []Value
		for i := range args {
			v := args[i].run(c)
			n := 1
			if v.kind == List {
				n = len(v.inner.items)
			}
			if !c.spend(n) || !c.spend(len(out)/16) {
				return emptyList
			}
			if v.kind == List {
				out = append(out, v.inner.items...)
			} else {
				out = append(out, v)
			}
		}
		return ListValue(out)
	})
}

// overItems compiles a list and what is asked of its items, for which attributes are those
// of the item.
func (c *compiler) overItems(args []place) (list, body operand) {
	list = c.compile(args[0])
	c.inside++
	body = c.compile(args[1])
	c.inside--
	return list, body
}

// each calls do for every item of what list says, until do says false or the work is too
// much. False: there is no list, or it is empty.
func (c *Context) each(list operand, do func(item Value) bool) bool {
	v := list.run(c)
	if v.kind != List || len(v.inner.items) == 0 {
		return false
	}
	item, inside := c.item, c.inside
	c.inside = true
	for _, c.item = range v.inner.items {
		if !c.spend(1) || !do(c.item) {
			break
		}
	}
	c.item, c.inside = item, inside
	return true
}

func mapped(c *compiler, _ place, args []place) operand {
	list, body := c.overItems(args)
	return saying(func(c *Context) Value {
		var out []Value
		c.each(list, func(Value) bool {
			out = append(out, body.run(c))
			return true
		})
		return ListValue(out)
	})
}

func filtered(c *compiler, _ place, args []place) operand {
	list, body := c.overItems(args)
	return saying(func(c *Context) Value {
		var out []Value
		c.each(list, func(item Value) bool {
			if body.holds(c) {
				out = append(out, item)
			}
			return true
		})
		return ListValue(out)
	})
}

// reduced makes one value of a list: for each item of what came out before, accumulator,
// and the item, current. Without a list it is the third operand.
func reduced(c *compiler, _ place, args []place) operand {
	list, body := c.overItems(args)
	start := constant(Value{})
	if len(args) == 3 {
		start = c.compile(args[2])
	}
	return saying(func(c *Context) Value {
		acc := start.run(c)
		c.each(list, func(item Value) bool {
			c.item = Value{kind: Object, inner: &inner{names: reduceNames, items: []Value{acc, item}}}
			acc = body.run(c)
			return true
		})
		return acc
	})
}

var reduceNames = []string{"accumulator", "current"}

// allOf holds where something holds for all items, and there is one.
func allOf(c *compiler, _ place, args []place) operand {
	list, body := c.overItems(args)
	return holding(func(c *Context) bool {
		all := true
		some := c.each(list, func(Value) bool {
			all = body.holds(c)
			return all
		})
		return some && all
	})
}

func someOf(c *compiler, _ place, args []place) operand {
	holds := c.some(args)
	return holding(holds)
}

func noneOf(c *compiler, _ place, args []place) operand {
	holds := c.some(args)
	return holding(func(c *Context) bool { return !holds(c) })
}

// some holds where something holds for one item at least.
func (c *compiler) some(args []place) condition {
	list, body := c.overItems(args)
	return func(c *Context) bool {
		found := false
		c.each(list, func(Value) bool {
			found = body.holds(c)
			return !found
		})
		return found
	}
}
