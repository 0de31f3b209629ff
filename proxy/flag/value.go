package flag

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/config/spell"
)

// Value is an attribute, or what a rule makes of attributes. The zero Value is null. A
// value is not written again once it is made.
type Value struct {
	kind   Kind
	number float64 // of Number; of Bool 1 is true
	text   string
	inner  *inner // of List and Object
}

// inner is what a list or an object holds. Two are the same only if they are one.
type inner struct {
	items []Value
	names []string // of an object, sorted; as many as items
}

// TextValue is a text.
func TextValue(s string) Value { return Value{kind: Text, text: s} }

// NumberValue is a number.
func NumberValue(f float64) Value { return Value{kind: Number, number: f} }

// BoolValue is true or false.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, number: 1}
	}
	return Value{kind: Bool}
}

// ListValue is a list. The items are the value's own from here on.
func ListValue(items []Value) Value { return Value{kind: List, inner: &inner{items: items}} }

// ObjectValue is an object of attributes by name.
func ObjectValue(members map[string]Value) Value {
	in := &inner{names: make([]string, 0, len(members)), items: make([]Value, 0, len(members))}
	for name := range members {
		in.names = append(in.names, name)
	}
	slices.Sort(in.names)
	for _, name := range in.names {
		in.items = append(in.items, members[name])
	}
	return Value{kind: Object, inner: in}
}

// maxInside is how deep the values of a context may be within each other.
const maxInside = 32

// ValueOf is v, as encoding/json reads it: nil, bool, float64, string, []any and
// map[string]any. It is an error when v holds something else or is too deep.
func ValueOf(v any) (Value, error) { return valueOf(v, 0) }

func valueOf(v any, depth int) (out Value, err error) {
	if depth > maxInside {
		return Value{}, fmt.Errorf("values in values, more than %d deep: want fewer", maxInside)
	}
	switch v := v.(type) {
	case nil:
		return Value{}, nil
	case bool:
		return BoolValue(v), nil
	case float64:
		return NumberValue(v), nil
	case string:
		return TextValue(v), nil
	case []any:
		items := make([]Value, len(v))
		for i := range v {
			if items[i], err = valueOf(v[i], depth+1); err != nil {
				return Value{}, err
			}
		}
		return ListValue(items), nil
	case map[string]any:
		members := make(map[string]Value, len(v))
		for name := range v {
			if members[name], err = valueOf(v[name], depth+1); err != nil {
				return Value{}, err
			}
		}
		return ObjectValue(members), nil
	}
	return Value{}, fmt.Errorf("%T: want what JSON has", v)
}

// Kind is what v is.
func (v Value) Kind() Kind { return v.kind }

// Text is the text that v is, "" when it is something else.
func (v Value) Text() string { return v.text }

// Names are the names of an object, sorted; nil of anything else. They are not to be
// written.
func (v Value) Names() []string {
	if v.kind != Object {
		return nil
	}
	return v.inner.names
}

// Member is what an object has under a name, or a list at a place that counts from 0;
// null where there is nothing.
func (v Value) Member(name string) Value {
	switch v.kind {
	case Object:
		if i, ok := slices.BinarySearch(v.inner.names, name); ok {
			return v.inner.items[i]
		}
	case List:
		if i, ok := index(name); ok && i < len(v.inner.items) {
			return v.inner.items[i]
		}
	}
	return Value{}
}

// index is the place in a list that a name stands for.
func index(name string) (int, bool) {
	if name == "" || len(name) > 9 || name[0] == '0' && len(name) > 1 {
		return 0, false
	}
	i := 0
	for _, c := range []byte(name) {
		if c < '0' || c > '9' {
			return 0, false
		}
		i = i*10 + int(c-'0')
	}
	return i, true
}

// at follows a path of names below v.
func (v Value) at(path []string) Value {
	for _, name := range path {
		v = v.Member(name)
	}
	return v
}

// AppendJSON writes v without spaces, an object's names sorted. A number that JSON has
// not is null.
func (v Value) AppendJSON(to []byte) []byte {
	switch v.kind {
	case Bool:
		return strconv.AppendBool(to, v.number != 0)
	case Number:
		if v.number-v.number != 0 { // infinite, or none
			return append(to, "null"...)
		}
		return appendNumber(to, v.number)
	case Text:
		return appendText(to, v.text)
	case List:
		to = append(to, '[')
		for i, item := range v.inner.items {
			if i > 0 {
				to = append(to, ',')
			}
			to = item.AppendJSON(to)
		}
		return append(to, ']')
	case Object:
		to = append(to, '{')
		for i, item := range v.inner.items {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendText(to, v.inner.names[i]), ':')
			to = item.AppendJSON(to)
		}
		return append(to, '}')
	}
	return append(to, "null"...)
}

// shown is v in a message.
func (v Value) shown() string {
	if v.kind == Text {
		return spell.Show(v.text)
	}
	return spell.Show(v.String())
}

// String is v as JSON, for messages.
func (v Value) String() string {
	var b strings.Builder
	b.Write(v.AppendJSON(nil))
	return b.String()
}
