package flag

import (
	"math"
	"strconv"
	"strings"
)

// truthy is whether a value holds as a condition: what is empty, 0 or null does not.
func (v Value) truthy() bool {
	switch v.kind {
	case Bool:
		return v.number != 0
	case Number:
		return v.number != 0 && v.number == v.number
	case Text:
		return v.text != ""
	case List, Object:
		return len(v.inner.items) > 0
	}
	return false
}

// toNumber is a value as a number, as JavaScript's Number has it.
func (v Value) toNumber() float64 {
	switch v.kind {
	case Null:
		return 0
	case Bool, Number:
		return v.number
	case Text:
		return parseNumber(v.text)
	case List:
		switch in := v.inner.items; {
		case len(in) == 0:
			return 0
		case len(in) == 1 && in[0].kind != Bool:
			return in[0].toNumber()
		}
	}
	return math.NaN()
}

// leading is the number that a value as a text begins with, as JavaScript's parseFloat
// has it.
func (v Value) leading() float64 {
	switch v.kind {
	case Number:
		return v.number
	case Text:
		return parseLeading(v.text)
	case List:
		if len(v.inner.items) > 0 {
			return v.inner.items[0].leading()
		}
	}
	return math.NaN()
}

// appendText writes a value as a text: that of a list is that of its items, with commas.
func (v Value) appendText(to []byte) []byte {
	switch v.kind {
	case Null:
		return append(to, "null"...)
	case Bool:
		return strconv.AppendBool(to, v.number != 0)
	case Number:
		return appendNumber(to, v.number)
	case Text:
		return append(to, v.text...)
	case List:
		for i, item := range v.inner.items {
			if i > 0 {
				to = append(to, ',')
			}
			if len(to) > maxText {
				return to
			}
			if item.kind != Null {
				to = item.appendText(to)
			}
		}
		return to
	}
	return append(to, "[object Object]"...)
}

// maxText is how long a text may become that a rule puts together, in bytes.
const maxText = 64 << 10

// toText is a value as a text.
func (v Value) toText() string {
	switch v.kind {
	case Text:
		return v.text
	case Null:
		return "null"
	}
	return string(v.appendText(nil))
}

// primitive is a list or an object as the text that it is compared by; other values are
// themselves.
func (v Value) primitive() Value {
	if v.kind == List || v.kind == Object {
		return TextValue(v.toText())
	}
	return v
}

// same is JavaScript's ===.
func same(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case Bool, Number:
		return a.number == b.number
	case Text:
		return a.text == b.text
	case List, Object:
		return a.inner == b.inner
	}
	return true
}

// equal is JavaScript's ==.
func equal(a, b Value) bool {
	if a.kind == b.kind {
		return same(a, b)
	}
	if a.kind == Null || b.kind == Null {
		return false
	}
	a, b = a.primitive(), b.primitive()
	if a.kind == Text && b.kind == Text {
		return a.text == b.text
	}
	return a.toNumber() == b.toNumber()
}

// compare is how a stands to b, both as texts or else both as numbers: below 0, 0, above
// 0; false where one is no number.
func compare(a, b Value) (int, bool) {
	a, b = a.primitive(), b.primitive()
	if a.kind == Text && b.kind == Text {
		return compareTexts(a.text, b.text), true
	}
	x, y := a.toNumber(), b.toNumber()
	switch {
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, x == y
}

// compareTexts is the order of JavaScript: by units of UTF-16. That is the order of the
// bytes but for characters beyond the first 65536, which come before those from U+E000 on.
func compareTexts(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		switch {
		case x == y:
			continue
		case x >= 0xf0 && y >= 0xee && y < 0xf0:
			return -1
		case y >= 0xf0 && x >= 0xee && x < 0xf0:
			return 1
		case x < y:
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}

// contains is whether a is in b: a part of a text, or an item of a list.
func contains(b, a Value) bool {
	switch b.kind {
	case Text:
		switch {
		case b.text == "":
			return false
		case a.kind == Text:
			return strings.Contains(b.text, a.text)
		}
		var buf [32]byte
		return strings.Contains(b.text, string(a.appendText(buf[:0])))
	case List:
		for _, item := range b.inner.items {
			if same(item, a) {
				return true
			}
		}
	}
	return false
}
