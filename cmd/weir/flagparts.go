package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"weir/proxy/admin/api"
)

// byWords say what has decided about a flag, for people.
var byWords = map[string]string{
	api.FlagByState:   "the flag is disabled",
	api.FlagByVariant: "everybody gets it, as it was set",
	api.FlagByShare:   "in the share of the rollout, by targetingKey",
	api.FlagByRest:    "beside the rollout, and it was set for everybody else",
	api.FlagByDefault: "there is no rule",
}

// flagReason is why somebody gets what he gets of a flag.
func flagReason(d *api.Evaluation) string {
	e := d.Explanation
	switch {
	case d.ErrorDetails != "":
		return d.ErrorDetails
	case e != nil && e.By == api.FlagByRule && d.Reason == "TARGETING_MATCH":
		return "its rule chooses it"
	case e == nil || byWords[e.By] == "" && e.By != api.FlagBySegment:
		return reasonWords[d.Reason]
	case e.By == api.FlagBySegment:
		return "in the segment " + e.Segment + " of the rollout"
	}
	return byWords[e.By]
}

// writeParts shows what a rule was asked, those parts that decided with a star.
func writeParts(w io.Writer, e *api.FlagExplanation) {
	if len(e.Rule) == 0 {
		return
	}
	fmt.Fprintln(w, "what was asked, and what decided (*):")
	file := e.Rule[0].File
	table(w, "RULE\tSAYS\tBECAUSE", func(t io.Writer) {
		for i := range e.Rule {
			part := &e.Rule[i]
			star, says := " ", string(part.Says)
			if part.Decided {
				star = "*"
			}
			if part.Role == "if" || part.Role == "operand" {
				says = "no"
				if part.Holds {
					says = "yes"
				}
			}
			why := found(part)
			if part.File != file || i == 0 {
				file, why = part.File, append(why, fmt.Sprintf("%s:%d", part.File, part.Line))
			}
			fmt.Fprintf(t, "%s%s %s\t%s\t%s\n", star, strings.Repeat("  ", part.Depth), written(part, i+1 < len(e.Rule) && e.Rule[i+1].Depth > part.Depth), says, orDash(strings.Join(why, ", ")))
		}
	})
	if e.Cut {
		fmt.Fprintln(w, "more was asked than is shown here")
	}
}

// widest is how much of a part of a rule is shown, in bytes.
const widest = 80

// written is a part as it is in the file; of one whose parts follow, what it does with
// them.
func written(p *api.RulePart, followed bool) string {
	word := ""
	if p.Role != "operand" && p.Role != "rule" {
		word = p.Role + " "
	}
	var operands map[string]json.RawMessage
	switch {
	case p.Operator == "":
		return word + cut(string(p.Written))
	case p.Operator == "$ref":
		return word + "$ref " + cut(refOf(p))
	case followed:
		return word + p.Operator
	case json.Unmarshal(p.Written, &operands) == nil:
		return word + p.Operator + " " + cut(string(operands[p.Operator]))
	}
	return word + p.Operator
}

// refOf is the name of the shared rule that a part refers to.
func refOf(p *api.RulePart) string {
	var of map[string]string
	_ = json.Unmarshal(p.Written, &of) // "" says as much
	return of["$ref"]
}

func cut(s string) string {
	if len(s) <= widest {
		return s
	}
	return strings.ToValidUTF8(s[:widest], "") + "…"
}

// found is what a part went by.
func found(p *api.RulePart) (why []string) {
	for _, a := range p.Attributes {
		if string(a.Value) == "null" {
			why = append(why, "no "+a.Name)
		} else {
			why = append(why, a.Name+" "+cut(string(a.Value)))
		}
	}
	if p.Places > 0 {
		why = append(why, fmt.Sprintf("at %d of %d", p.Place, p.Places))
	}
	return why
}

// rampPlaceLine says by which step of its rollout somebody gets a flag's variant.
func rampPlaceLine(r *api.RampPlace) string {
	what := "the rollout to " + r.To
	if r.To == "" {
		what = "a rollout"
	}
	line := fmt.Sprintf("in by no step of %s", what)
	if r.Step > 0 {
		line = fmt.Sprintf("in by step %d of %d of %s, %s", r.Step, r.Steps, what, r.By)
	}
	if r.Place != nil {
		line += fmt.Sprintf(" (at %s of all users)", percent(*r.Place/100))
	} else {
		line += " (without a targetingKey in no share but the whole)"
	}
	switch {
	case !r.Running:
		return line + "; it does not run"
	case r.Step > r.At:
		return fmt.Sprintf("%s; not yet, it is at step %d", line, r.At)
	}
	return fmt.Sprintf("%s; it is at step %d", line, r.At)
}
