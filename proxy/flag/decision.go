package flag

import "encoding/json"

// Decision is what somebody gets of a flag, and why. Its texts are the set's own, but for
// Detail.
type Decision struct {
	Variant  string          // "": none, the application's own default is in force
	Index    int             // of the variant in Flag.Variants; -1: none
	Value    json.RawMessage // of the variant; nil: none. Not to be written
	Reason   string          // one of the Reason constants
	Code     string          // one of the Code constants with ReasonError, else ""
	Detail   string          // what went wrong with ReasonError, else ""
	Metadata json.RawMessage // the flag's over its file's, an object; nil: none. Not to be written
	Arm      Arm             // where the flag's ramp has put whoever was asked about
}

// Why a decision is as it is, in OpenFeature's words.
const (
	ReasonStatic         = "STATIC"          // the flag has no rule, or everybody was given the variant
	ReasonTargetingMatch = "TARGETING_MATCH" // a rule chose the variant, or a segment of a ramp did
	ReasonSplit          = "SPLIT"           // the share of a ramp did
	ReasonDefault        = "DEFAULT"         // the rule chose nobody, or there is no default
	ReasonDisabled       = "DISABLED"        // the flag is off: there is no variant
	ReasonError          = "ERROR"           // the rule chose what is no variant
)

// CodeGeneral is the code of a decision that went wrong: a rule chose what is no variant,
// or had too much to do.
const CodeGeneral = "GENERAL"
