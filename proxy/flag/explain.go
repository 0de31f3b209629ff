package flag

import "encoding/json"

// Explanation is what somebody gets of a flag, and what that goes back to.
type Explanation struct {
	Decision
	By      string // one of the By constants
	Segment string // of ByRampSegment: the first that holds; else ""
	// Rule is the parts of the rule that were asked, in that order; nil where it was not.
	Rule []Part
	// Cut says that more was asked than Rule has.
	Cut bool
}

// What decides: the first of these that has something to say.
const (
	ByState       = "state"   // the flag is off
	ByVariant     = "variant" // everybody was given one
	ByRampSegment = "segment" // of a ramp
	ByRampShare   = "share"   // of a ramp
	ByRampRest    = "rest"    // what those beside a ramp were given
	ByRule        = "rule"    // the file's
	ByDefault     = "default" // the file's, which has no rule
)

// Part is a part of a rule that was asked, and what it said.
type Part struct {
	Depth int    // 0 is the rule itself, or what its if asks and says; its own parts are deeper
	Role  string // what it is to the part around it: one of the Role constants
	File  string
	Line  int
	// Operator is what the part begins with, $ref of a shared rule; "": it is a value.
	Operator string
	Written  json.RawMessage // as in the file
	Says     Value
	Holds    bool // what it says is no false, 0, null or empty one
	// Decided says that the outcome is due to the part.
	Decided bool
	// Attributes are what it looked at; of a part that has parts of its own, and of a
	// value, nothing.
	Attributes []NamedValue
	// Place is where fractional has somebody, of Places; Places is 0 of anything else, and
	// where nobody is named.
	Place, Places uint64
}

// What a part is to the one around it.
const (
	RoleRule    = "rule"
	RoleIf      = "if"
	RoleThen    = "then"
	RoleElse    = "else"
	RoleOperand = "operand"
)

// NamedValue is an attribute; of one that is not there, or null, Value is null.
type NamedValue struct {
	Name  string
	Value Value
}

// maxParts is how many parts an explanation has: more than anybody reads.
const maxParts = 500

// Explain decides as Evaluate does, and says how that came about. It compiles the rule
// anew, part by part, and is for people who ask, not for requests.
func (s *Set) Explain(f *Flag, c *Context, l *Layer) Explanation {
	if l == nil {
		l = &nothing
	}
	e := Explanation{Decision: f.Evaluate(c, l)}
	switch {
	case l.Disabled || f.disabled && !l.Enabled:
		e.By = ByState
	case l.Force != nil:
		e.By = ByVariant
	case e.Arm == Chosen:
		e.By = ByRampSegment
		for _, of := range l.Ramp.Segments {
			if of.Holds(c) {
				e.Segment = of.name
				break
			}
		}
	case e.Arm == Drawn:
		e.By = ByRampShare
	case l.Ramp != nil && l.Ramp.Rest != nil:
		e.By = ByRampRest
	case f.rule == nil:
		e.By = ByDefault
	default:
		e.By = ByRule
		x := explainer{set: s, flag: f, context: c, work: maxWork, compiler: compiler{segments: s.segments, names: s.names, index: make(map[string]int)}}
		for i, name := range s.names {
			x.compiler.index[name] = i
		}
		x.whole(f.written)
		e.Rule, e.Cut = x.parts, x.work < 0
	}
	return e
}

// explainer asks a rule part by part.
type explainer struct {
	set      *Set
	flag     *Flag
	context  *Context
	compiler compiler
	parts    []Part
	because  [][]int // of each part, those that what it says is due to
	work     int     // what all parts together may still do; below 0 nothing more is asked
}

// whole asks the rule. What an if at its top asks and says are parts of their own: the if
// is nothing that anybody decided by.
func (x *explainer) whole(p place) {
	if op, args := operation(p); op == "if" {
		x.branches(0, args)
		return
	}
	_, i := x.part(0, RoleRule, p)
	x.decided(i)
}

// branches asks an if.
func (x *explainer) branches(depth int, args []place) Value {
	for i := 0; i+1 < len(args); i += 2 {
		v, asked := x.part(depth, RoleIf, args[i])
		if !v.truthy() {
			continue
		}
		if depth == 0 {
			x.decided(asked)
		}
		v, _ = x.part(depth, RoleThen, args[i+1])
		return v
	}
	if len(args)%2 == 0 {
		return Value{}
	}
	v, said := x.part(depth, RoleElse, args[len(args)-1])
	if depth == 0 {
		x.decided(said)
	}
	return v
}

// part asks p, and says which of the parts it has become; -1: none.
func (x *explainer) part(depth int, role string, p place) (Value, int) {
	if x.work < 0 || len(x.parts) == maxParts {
		x.work = -1
		return Value{}, -1
	}
	at := len(x.parts)
	op, args := operation(p)
	x.parts = append(x.parts, Part{Depth: depth, Role: role, File: p.in.file, Line: p.node.Line, Operator: op, Written: p.node.appendJSON(nil)})
	x.because = append(x.because, nil)
	v := x.ask(at, p, op, args)
	x.parts[at].Says, x.parts[at].Holds = v, v.truthy()
	return v, at
}

// ask is what the part at p says, by parts of its own where it has some.
func (x *explainer) ask(at int, p place, op string, args []place) (v Value) {
	depth := x.parts[at].Depth + 1
	switch op {
	case "if":
		return x.branches(depth, args)
	case "and", "or":
		for _, arg := range args {
			var i int
			v, i = x.part(depth, RoleOperand, arg)
			if v.truthy() == (op == "or") {
				x.because[at] = []int{i}
				return v
			}
			x.because[at] = append(x.because[at], i)
		}
		return v
	case "!", "!!":
		v, i := x.part(depth, RoleOperand, args[0])
		x.because[at] = []int{i}
		return BoolValue(v.truthy() == (op == "!!"))
	case "$ref":
		v, i := x.part(depth, RoleOperand, x.set.segments[p.node.Members[0].Value.Text].written)
		x.because[at] = []int{i}
		return v
	}
	x.context.begin(x.flag)
	if op == "fractional" {
		x.parts[at].Place, x.parts[at].Places, _ = x.compiler.shares(p.member(0), args).place(x.context)
	}
	v = x.compiler.compile(p).run(x.context)
	x.work -= maxWork - x.context.work
	x.parts[at].Attributes = x.attributes(p, nil)
	return v
}
