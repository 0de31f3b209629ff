package flag

// either is if: the first branch whose condition holds, else the last without one, else
// null.
func either(args []operand, _ bool) operand {
	if len(args) == 3 {
		holds, yes, no := args[0].holds, args[1], args[2]
		return operand{
			run: func(c *Context) Value {
				if holds(c) {
					return yes.run(c)
				}
				return no.run(c)
			},
			holds: func(c *Context) bool {
				if holds(c) {
					return yes.holds(c)
				}
				return no.holds(c)
			},
		}
	}
	return saying(func(c *Context) Value {
		i := 0
		for ; i+1 < len(args); i += 2 {
			if args[i].holds(c) {
				return args[i+1].run(c)
			}
		}
		if i < len(args) {
			return args[i].run(c)
		}
		return Value{}
	})
}

// and is the first operand that does not hold, else the last.
func and(args []operand, _ bool) operand {
	return operand{
		run: func(c *Context) (v Value) {
			for i := range args {
				if v = args[i].run(c); !v.truthy() {
					break
				}
			}
			return v
		},
		holds: func(c *Context) bool {
			for i := range args {
				if !args[i].holds(c) {
					return false
				}
			}
			return true
		},
	}
}

// or is the first operand that holds, else the last.
func or(args []operand, _ bool) operand {
	return operand{
		run: func(c *Context) (v Value) {
			for i := range args {
				if v = args[i].run(c); v.truthy() {
					break
				}
			}
			return v
		},
		holds: func(c *Context) bool {
			for i := range args {
				if args[i].holds(c) {
					return true
				}
			}
			return false
		},
	}
}

func not(args []operand, _ bool) operand {
	holds := args[0].holds
	return holding(func(c *Context) bool { return !holds(c) })
}

func notNot(args []operand, _ bool) operand { return holding(args[0].holds) }

// equality compares two operands, and holds where they are the same, or where not.
func equality(alike func(a, b Value) bool, want bool) func([]operand, bool) operand {
	return func(args []operand, _ bool) operand {
		a, b := args[0], args[1]
		if a.constant {
			a, b = b, a
		}
		if b.constant && b.value.kind == Text {
			text, run := b.value.text, a.run
			return holding(func(c *Context) bool {
				v := run(c)
				if v.kind == Text {
					return (v.text == text) == want
				}
				return alike(v, b.value) == want
			})
		}
		return holding(func(c *Context) bool { return alike(a.run(c), b.run(c)) == want })
	}
}

// order compares two operands, or three in a row.
func order(fits func(int) bool) func([]operand, bool) operand {
	return func(args []operand, _ bool) operand {
		return holding(func(c *Context) bool {
			before := args[0].run(c)
			for _, a := range args[1:] {
				v := a.run(c)
				if n, ok := compare(before, v); !ok || !fits(n) {
					return false
				}
				before = v
			}
			return true
		})
	}
}
