package flag

import (
	"fmt"

	"weir/config/spell"
)

// Evaluate decides what somebody gets of the flag: by the layer first, which may be nil,
// then by the file.
func (f *Flag) Evaluate(c *Context, l *Layer) Decision {
	if l == nil {
		l = &nothing
	}
	if l.Disabled || f.disabled && !l.Enabled {
		return f.none(ReasonDisabled)
	}
	if l.Force != nil {
		return f.give(l.Force, ReasonStatic)
	}
	c.begin(f)
	if l.Ramp != nil {
		return f.ramp(l.Ramp, c)
	}
	return f.asWritten(c)
}

// nothing is a layer that changes nothing.
var nothing Layer

// asWritten decides by the file.
func (f *Flag) asWritten(c *Context) Decision {
	if f.rule == nil {
		return f.giveDefault(ReasonStatic)
	}
	v := f.rule(c)
	if c.work < 0 {
		return f.fail(fmt.Sprintf("the rule of %s has more to do than is allowed", spell.Show(f.key)))
	}
	var digits [32]byte
	var name []byte
	switch v.kind {
	case Null:
		return f.giveDefault(ReasonDefault)
	case Text:
		if to := f.Variant(v.text); to != nil {
			return f.give(to, ReasonTargetingMatch)
		}
	case Bool, Number:
		name = v.appendText(digits[:0])
		for _, to := range f.variants {
			if to.name == string(name) {
				return f.give(to, ReasonTargetingMatch)
			}
		}
	}
	return f.fail(fmt.Sprintf("the rule of %s chose %s, which is no variant", spell.Show(f.key), v.shown()))
}

// give is the decision for a variant.
func (f *Flag) give(v *Variant, reason string) Decision {
	return Decision{Variant: v.name, Index: v.index, Value: v.value, Reason: reason, Metadata: f.metadata}
}

// giveDefault is the decision for those whom no rule chose a variant for.
func (f *Flag) giveDefault(reason string) Decision {
	if f.standard == nil {
		return f.none(ReasonDefault)
	}
	return f.give(f.standard, reason)
}

// none is a decision without a variant.
func (f *Flag) none(reason string) Decision {
	return Decision{Index: -1, Reason: reason, Metadata: f.metadata}
}

// fail is a decision that went wrong.
func (f *Flag) fail(detail string) Decision {
	d := f.none(ReasonError)
	d.Code, d.Detail = CodeGeneral, detail
	return d
}
