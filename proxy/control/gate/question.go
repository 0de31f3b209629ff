package gate

import (
	"context"
	"encoding/json"
)

// Question is what is asked. As JSON it is what hooks and commands are told.
type Question struct {
	Gate     string  `json:"gate"`
	Phase    string  `json:"phase"` // the point of the rollout that the gate stands at
	Rollout  string  `json:"rollout"`
	Upstream string  `json:"upstream"`       // "": it is a flag's
	Flag     string  `json:"flag,omitempty"` // whose variants From and To are; "": it is an upstream's
	From     string  `json:"from"`
	To       string  `json:"to"`
	Weight   float64 `json:"weight"` // percentage that To has now
	Reason   string  `json:"reason"` // why the rollout is where it is
	// Version and Endpoint are what a hook of a rolling rollout is about; "": it is about
	// no endpoint.
	Version  string `json:"version,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Key is the same whenever the same is asked again, and of nothing else.
	Key string `json:"-"`
}

func (q *Question) payload() []byte {
	out, err := json.Marshal(q)
	if err != nil {
		panic("BUG: a question cannot be written as JSON: " + err.Error())
	}
	return out
}

// Asker asks once. It returns soon after ctx has ended, and what it returns then
// is no answer. Any goroutine may call it.
type Asker interface {
	Ask(ctx context.Context, q *Question) Measurement
}

// Measurement is what came of asking once.
type Measurement struct {
	Result Result
	Why    string // for people, with its numbers
	Said   string // the end of what a command has said; "": nothing
}

// Result is what a measurement says.
type Result uint8

// The results.
const (
	Errored      Result = iota // nothing: it did not come about, or nobody can tell what the answer means
	Passed                     // yes
	Failed                     // no
	Inconclusive               // neither: there is nothing to judge by
)

// String is the result in a sentence.
func (r Result) String() string {
	switch r {
	case Passed:
		return "passed"
	case Failed:
		return "failed"
	case Inconclusive:
		return "inconclusive"
	}
	return "error"
}

func errored(why string) Measurement { return Measurement{Why: why} }
