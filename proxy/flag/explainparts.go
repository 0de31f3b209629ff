package flag

import (
	"slices"
	"strings"
)

// decided marks a part that the outcome is due to, and those that it is due to itself.
func (x *explainer) decided(i int) {
	if i < 0 {
		return
	}
	x.parts[i].Decided = true
	for _, of := range x.because[i] {
		x.decided(of)
	}
}

// operation is the operator of p with its operands; "" of a value.
func operation(p place) (op string, args []place) {
	if p.node.Kind != Object || len(p.node.Members) != 1 {
		return "", nil
	}
	at := p.member(0)
	if at.node.Kind == List {
		return at.name.Name, at.items()
	}
	return at.name.Name, []place{at}
}

// attributes adds those that p looks at to list, each once, where their names are written
// in it.
func (x *explainer) attributes(p place, list []NamedValue) []NamedValue {
	op, args := operation(p)
	var names []place
	switch op {
	case "":
		if p.node.Kind == List {
			args = p.items()
		}
	case "var":
		names = args[:min(len(args), 1)]
		args = args[len(names):]
	case "missing":
		names, args = args, nil
		if len(names) == 1 && names[0].node.Kind == List {
			names = names[0].items()
		}
	case "missing_some":
		if names, args = nil, args[:1]; len(p.member(0).items()) == 2 && p.member(0).item(1).node.Kind == List {
			names = p.member(0).item(1).items()
		}
	case "$ref":
		return x.attributes(x.set.segments[args[0].node.Text].written, list)
	case "map", "filter", "all", "some", "none":
		args = args[:1] // what is asked of an item is asked of the item's own
	case "reduce":
		args = slices.Delete(slices.Clone(args), 1, 2)
	case "fractional":
		if args[0].node.Kind == List {
			list = x.attribute(targetingKey, list)
		}
	}
	for _, n := range names {
		if n.node.Kind == Text {
			list = x.attribute(n.node.Text, list)
		} else {
			list = x.attributes(n, list)
		}
	}
	for _, arg := range args {
		list = x.attributes(arg, list)
	}
	return list
}

// attribute adds one to list. All attributes, and what the decision itself has but for the
// time, are told by who asks, and by the flag.
func (x *explainer) attribute(name string, list []NamedValue) []NamedValue {
	if name == "" || strings.HasPrefix(name, ownPrefix) && name != timestamp ||
		slices.ContainsFunc(list, func(v NamedValue) bool { return v.Name == name }) {
		return list
	}
	x.context.begin(x.flag)
	return append(list, NamedValue{name, x.context.lookup(name)})
}
