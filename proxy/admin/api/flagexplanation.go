package api

import "encoding/json"

// FlagExplanation is what a decision goes back to.
type FlagExplanation struct {
	By string `json:"by"` // one of the FlagBy words
	// Segment is that of FlagBySegment; else absent.
	Segment string `json:"segment,omitempty"`
	// Rule is the parts of the rule that were asked, in that order; empty where it was not.
	Rule []RulePart `json:"rule"`
	Cut  bool       `json:"cut"` // more was asked than Rule has
	// Ramp is where somebody is on the way of the rollout that runs or, where none does, of
	// the one in the file; null: there is none.
	Ramp *RampPlace `json:"ramp"`
}

// What decides, by the first of these that has something to say.
const (
	FlagByState   = "state"   // the flag is off
	FlagByVariant = "variant" // everybody was given one
	FlagBySegment = "segment" // of the rollout
	FlagByShare   = "share"   // of the rollout
	FlagByRest    = "rest"    // what those beside the rollout were given before it
	FlagByRule    = "rule"    // the file's
	FlagByDefault = "default" // the file's, which has no rule
)

// RulePart is a part of a rule that was asked, and what it said.
type RulePart struct {
	// Depth is 0 of the rule, or of what its if asks and says; parts of a part are deeper.
	Depth int    `json:"depth"`
	Role  string `json:"role"` // to the part around it: rule, if, then, else or operand
	File  string `json:"file"`
	Line  int    `json:"line"`
	// Operator is what it begins with, $ref of a shared rule; "": it is a value.
	Operator string          `json:"operator"`
	Written  json.RawMessage `json:"written"` // as in the file
	Says     json.RawMessage `json:"says"`
	Holds    bool            `json:"holds"`   // what it says is no false, 0, null or empty one
	Decided  bool            `json:"decided"` // the outcome is due to it
	// Attributes are those that it looked at; none of a part that has parts of its own.
	Attributes []FlagAttribute `json:"attributes"`
	// Place is where fractional has somebody, of Places; both 0 of anything else, and of
	// nobody.
	Place  uint64 `json:"place"`
	Places uint64 `json:"places"`
}

// FlagAttribute is what a context has under a name; null: nothing.
type FlagAttribute struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// RampPlace is where somebody is on the way of a flag's rollout.
type RampPlace struct {
	To      string `json:"to"` // "": the file leaves it to who starts it
	Running bool   `json:"running"`
	At      int    `json:"at"`   // the step that it is at, from 1; 0: it does not run
	Step    int    `json:"step"` // that somebody is in by, from 1; 0: none
	By      string `json:"by"`   // the segment, or the share, of Step; "": none
	Steps   int    `json:"steps"`
	// Place is where somebody is among all, in percent: in every share above it. Null:
	// without a targetingKey nobody can be drawn.
	Place *float64 `json:"place"`
}
