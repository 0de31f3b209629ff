package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Message is what a target is told. Its first keys are those that gates are asked
// with; what does not apply is "" or 0.
type Message struct {
	Gate     string  `json:"gate"`
	Phase    string  `json:"phase"` // the state of what it is about, as of a rollout
	Rollout  string  `json:"rollout"`
	Upstream string  `json:"upstream"` // "": it is about a flag or the whole process
	Flag     string  `json:"flag"`     // "": it is about none
	From     string  `json:"from"`     // of a flag, variants or "file"
	To       string  `json:"to"`
	Weight   float64 `json:"weight"` // the candidate's, percent of From's and To's
	Reason   string  `json:"reason"` // a sentence
	// Event is what kind of thing has happened.
	Event    string    `json:"event"`
	Group    string    `json:"group"`
	Version  string    `json:"version"`
	Address  string    `json:"address"` // of an endpoint
	Revision uint64    `json:"revision"`
	Time     time.Time `json:"time"`
	// ApproveURL is the page that answers a gate which waits for somebody: whoever has
	// it can answer.
	ApproveURL string `json:"approve_url"`
	// Approval is that a gate begins to wait for somebody, with or without such a page.
	Approval bool `json:"-"`
}

// body is the message as the target reads it.
func (m *Message) body(slack bool) []byte {
	var what any = m
	if slack {
		what = map[string]string{"text": m.text()}
	}
	out, err := json.Marshal(what)
	if err != nil {
		panic("BUG: a message cannot be written as JSON: " + err.Error())
	}
	return out
}

// escapes are those of Slack's texts.
var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// text is the message in one line, for people, as Slack reads it.
func (m *Message) text() string {
	about := m.Upstream
	if m.Flag != "" {
		about = "flag " + m.Flag
	}
	if m.Group != "" {
		about = m.Group + ": " + about
	}
	if about == "" {
		about = "weir"
	}
	out := "*" + escapes.Replace(about) + "*"
	if m.From != "" {
		out += escapes.Replace(fmt.Sprintf(" %s", m.From)) + " → " + escapes.Replace(m.To)
	} else if m.Version != "" {
		out += " " + escapes.Replace(strings.TrimSpace(m.Version+" "+m.Address))
	}
	what := strings.ReplaceAll(m.Event, "_", " ")
	out += ": " + escapes.Replace(strings.TrimSuffix(what, " "+m.Phase))
	if m.Phase != "" {
		out += " *" + escapes.Replace(m.Phase) + "*"
	}
	if m.From != "" {
		out += fmt.Sprintf(" at %g%%", m.Weight)
	}
	if m.Reason != "" { // which may begin with what was just said
		out += ": " + escapes.Replace(strings.TrimPrefix(strings.TrimPrefix(m.Reason, what+" "), m.Phase+": "))
	}
	if m.ApproveURL != "" {
		out += ". Approve or reject: " + escapes.Replace(m.ApproveURL)
	}
	return out
}
