package flag

import (
	"math"
	"strings"
	"unicode/utf8"
)

// in is whether the first operand is a part of a text, or an item of a list.
func in(args []operand, _ bool) operand {
	what, where := args[0].run, args[1]
	if names, ok := textsOf(where); ok {
		return holding(func(c *Context) bool {
			v := what(c)
			_, ok := names[v.text]
			return ok && v.kind == Text
		})
	}
	return holding(func(c *Context) bool {
		v, within := what(c), where.run(c)
		if within.kind == List && !c.spend(len(within.inner.items)/16) {
			return false
		}
		return contains(within, v)
	})
}

// textsOf is a constant list as a set, where it is of many texts.
func textsOf(o operand) (map[string]struct{}, bool) {
	const many = 8 // fewer are looked at one by one as fast
	if !o.constant || o.value.kind != List || len(o.value.inner.items) <= many {
		return nil, false
	}
	set := make(map[string]struct{}, len(o.value.inner.items))
	for _, item := range o.value.inner.items {
		if item.kind != Text {
			return nil, false
		}
		set[item.text] = struct{}{}
	}
	return set, true
}

// cat is the texts of all operands in a row: null is nothing.
func cat(args []operand, spread bool) operand {
	return saying(func(c *Context) Value {
		var to []byte
		add := func(v Value) bool {
			if v.kind != Null {
				to = v.appendText(to)
			}
			if len(to) > maxText {
				c.work = -1
			}
			return c.spend(1 + len(to)/64)
		}
		for i := range args {
			v := args[i].run(c)
			if spread && v.kind == List {
				for _, item := range v.inner.items {
					if !add(item) {
						return Value{}
					}
				}
			} else if !add(v) {
				return Value{}
			}
		}
		return TextValue(string(to))
	})
}

// substr is a part of a text: from a character on, counted from 0 or, below 0, from the
// end; as many as the third operand says or, below 0, all but so many.
func substr(args []operand, _ bool) operand {
	return saying(func(c *Context) Value {
		s := args[0].run(c).toText()
		size := runes(s)
		from := clamp(whole(args[1].run(c)), size)
		to := size
		if len(args) == 3 {
			if n := whole(args[2].run(c)); n < 0 {
				to = max(clamp(n, size), from)
			} else if n < float64(size-from) {
				to = from + int(n)
			}
		}
		return TextValue(cut(s, from, to))
	})
}

// whole is a value as a whole number: 0 where it is none.
func whole(v Value) float64 {
	n := v.toNumber()
	if n != n {
		return 0
	}
	return math.Trunc(n)
}

// clamp is a place in size characters, below 0 from the end.
func clamp(n float64, size int) int {
	if n < 0 {
		n += float64(size)
	}
	return int(max(0, min(n, float64(size))))
}

// cut is the characters of s from one to before another.
func cut(s string, from, to int) string {
	if len(s) == runes(s) {
		return s[from:to]
	}
	begin := 0
	for ; from > 0; from-- {
		_, n := utf8.DecodeRuneInString(s[begin:])
		begin += n
		to--
	}
	at := begin
	for ; to > 0; to-- {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return s[begin:at]
}

func startsWith(c *compiler, _ place, args []place) operand {
	return c.affix(args, strings.HasPrefix)
}

func endsWith(c *compiler, _ place, args []place) operand {
	return c.affix(args, strings.HasSuffix)
}

// affix compares a text with the beginning or the end of another; what is no text is null.
func (c *compiler) affix(args []place, has func(s, part string) bool) operand {
	operands := c.all(args)
	for i, o := range operands {
		if o.constant && o.value.kind != Text {
			args[i].fail("%s: want a text, or a rule that says one", args[i].shown())
		}
	}
	return folded(saying(func(c *Context) Value {
		s, part := operands[0].run(c), operands[1].run(c)
		if s.kind != Text || part.kind != Text {
			return Value{}
		}
		return BoolValue(has(s.text, part.text))
	}), operands)
}
