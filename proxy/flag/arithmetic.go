package flag

import "math"

// fold makes a number of all operands: start of the first, then step by step.
func fold(args []operand, spread bool, start func(Value) float64, step func(float64, Value) float64) operand {
	if spread {
		list := args[0].run
		return saying(func(c *Context) Value {
			v := list(c)
			if v.kind != List {
				return NumberValue(start(v))
			}
			items := v.inner.items
			if len(items) == 0 || !c.spend(len(items)) {
				return Value{}
			}
			n := start(items[0])
			for _, item := range items[1:] {
				n = step(n, item)
			}
			return NumberValue(n)
		})
	}
	return saying(func(c *Context) Value {
		n := start(args[0].run(c))
		for i := 1; i < len(args); i++ {
			n = step(n, args[i].run(c))
		}
		return NumberValue(n)
	})
}

func sum(args []operand, spread bool) operand {
	return fold(args, spread, Value.leading, func(n float64, v Value) float64 { return n + v.leading() })
}

// product of one operand is that operand.
func product(args []operand, spread bool) operand {
	if len(args) == 1 && !spread {
		return args[0]
	}
	return fold(args, spread, Value.leading, func(n float64, v Value) float64 { return n * v.leading() })
}

// difference of one operand is its opposite.
func difference(args []operand, _ bool) operand {
	if len(args) == 1 {
		run := args[0].run
		return saying(func(c *Context) Value { return NumberValue(-run(c).toNumber()) })
	}
	return fold(args, false, Value.toNumber, func(n float64, v Value) float64 { return n - v.toNumber() })
}

func quotient(args []operand, _ bool) operand {
	return fold(args, false, Value.toNumber, func(n float64, v Value) float64 { return n / v.toNumber() })
}

func remainder(args []operand, _ bool) operand {
	return fold(args, false, Value.toNumber, func(n float64, v Value) float64 { return math.Mod(n, v.toNumber()) })
}

func least(args []operand, spread bool) operand {
	return fold(args, spread, Value.toNumber, func(n float64, v Value) float64 { return math.Min(n, v.toNumber()) })
}

func greatest(args []operand, spread bool) operand {
	return fold(args, spread, Value.toNumber, func(n float64, v Value) float64 { return math.Max(n, v.toNumber()) })
}
