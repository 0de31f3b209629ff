package flag

import "weir/config/spell"

// chosen looks at what a rule can choose, where that is written in it as a text or a
// number, and records what is no variant. What only shows when somebody is asked about is
// left to the decision.
func (f *Flag) chosen(p place) {
	switch n := p.node; n.Kind {
	case Text, Number, Bool:
		var name string
		if name = n.Text; n.Kind != Text {
			name = string(n.appendJSON(nil))
		}
		if f.Variant(name) == nil && len(f.variants) > 0 {
			p.fail("%s is no variant%s", spell.Show(name), spell.Allowed(name, f.names()))
		}
	case List:
		p.fail("a list: want the name of a variant, or a rule that says one")
	case Object:
		if len(n.Members) == 1 {
			f.chosenBy(p.member(0))
		}
	}
}

// chosenBy looks at what an operator can choose.
func (f *Flag) chosenBy(op place) {
	if op.node.Kind != List {
		return
	}
	args := op.items()
	switch op.name.Name {
	case "if":
		for i, at := range args {
			if i%2 == 1 || i == len(args)-1 && i > 0 {
				f.chosen(at)
			}
		}
	case "fractional":
		for _, at := range args {
			if at.node.Kind == List && len(at.node.Items) > 0 && at.node.Items[0].Kind != List {
				f.chosen(at.item(0))
			}
		}
	}
}
