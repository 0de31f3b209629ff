package control

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// FlagRevision is one change of what is set over a flag's definition. Published
// revisions are immutable.
type FlagRevision struct {
	Revision uint64    `json:"revision"` // from 1
	At       time.Time `json:"at"`
	Author   string    `json:"author,omitempty"` // as the caller calls himself
	From     string    `json:"from,omitempty"`   // where he is
	Source   Source    `json:"source"`
	Reason   string    `json:"reason,omitempty"`
	FlagSetting
	// Running is true while a ramp was running after this revision: such a setting is not
	// gone back to.
	Running bool `json:"running,omitempty"`
	// Rollout is the ramp that made the revision, as it was then, or that it has ended: the
	// last one has the report. nil: neither.
	Rollout *rollout.State `json:"rollout,omitempty"`
	// Gates are how the ramp's gates had answered by then.
	Gates []GateResult `json:"gates,omitempty"`
}

// FlagSetting is what is set over a flag's definition. The zero value is nothing: the
// definition holds.
type FlagSetting struct {
	Enabled *bool  `json:"enabled,omitempty"` // nil: the definition's
	Variant string `json:"variant,omitempty"` // everybody has it; "": whoever the definition gives it to
}

func (s FlagSetting) equal(o FlagSetting) bool {
	return s.Variant == o.Variant && (s.Enabled == nil) == (o.Enabled == nil) && (s.Enabled == nil || *s.Enabled == *o.Enabled)
}

// String is the setting for people.
func (s FlagSetting) String() string {
	words := "as the file says"
	switch {
	case s.Enabled != nil && !*s.Enabled:
		return "disabled"
	case s.Variant != "":
		words = s.Variant + " for everybody"
	}
	if s.Enabled != nil {
		words = "enabled, " + words
	}
	return words
}

// words is what was set, or whom the ramp that made the revision had come to, for people.
func (r *FlagRevision) words() string {
	if !r.Running || r.Rollout == nil {
		return r.FlagSetting.String()
	}
	to := reach(r.Rollout)
	who := slices.Clone(to.segments)
	if to.percent > 0 {
		who = append(who, fmt.Sprintf("%.4g%%", to.percent))
	}
	if len(who) == 0 {
		return r.FlagSetting.String()
	}
	return r.Rollout.Plan.To + " to " + strings.Join(who, " and ")
}

// flagBase is what the file said of a flag when it was last applied: what the file
// changes against (semantics §7).
type flagBase struct {
	Enabled    bool   `json:"enabled"`
	Definition string `json:"definition"` // a sum of all else that decides, see flag.Flag
}

// flagFormat is raised when an older Weir could not read a flagRecord.
const flagFormat = 1

// flagRecord is everything that is kept of one flag that was ever changed at runtime. One
// that has been published or saved is not written again.
type flagRecord struct {
	Format   int            `json:"format"`
	Revision uint64         `json:"revision"` // of Set, from 1
	Set      FlagSetting    `json:"set"`
	Base     flagBase       `json:"base"`
	History  []FlagRevision `json:"history"`         // newest first; the first one is Revision
	Rollout  *rollout.State `json:"rollout"`         // the ramp that runs or the last that did; nil: there never was one
	Gates    []GateResult   `json:"gates,omitempty"` // how its gates have answered
}

// flagKey is where the record of a flag is kept.
func flagKey(key string) string { return "flag/" + key }

// revise returns the record with another setting, as a new revision; r may be nil.
func (r *flagRecord) revise(s FlagSetting, base flagBase, c cause, h config.History) *flagRecord {
	next := &flagRecord{Format: flagFormat}
	if r != nil {
		*next = *r
	}
	next.Revision++
	next.Set, next.Base = s, base
	rev := FlagRevision{
		Revision: next.Revision, At: time.Now().UTC().Round(0),
		Author: c.Author, From: c.From, Source: c.Source, Reason: c.Reason, FlagSetting: s,
		Running: next.running() != nil, Rollout: forHistory(c.Rollout),
	}
	if c.Rollout != nil {
		rev.Gates = answersOf(next.Gates, c.Rollout.ID)
	}
	next.History = append([]FlagRevision{rev}, next.History...)
	return next.within(h, rev.At)
}

// within returns the record without the revisions that are kept no longer. The present
// one, the one before, and those that an undo goes to now and after the ramp that runs
// stay, however old they are.
func (r *flagRecord) within(h config.History, now time.Time) *flagRecord {
	most := h.Keep
	if most == 0 { // made by hand
		most = 100
	}
	began, back := false, false
	var out []FlagRevision
	for i := range r.History {
		rev := &r.History[i]
		stays := i <= 1
		if i > 0 && !rev.Running {
			differs := !rev.equal(r.Set)
			stays = stays || !began || differs && !back
			began, back = true, back || differs
		}
		if stays || i < most && (h.MaxAge == 0 || now.Sub(rev.At) <= h.MaxAge) {
			out = append(out, *rev)
		}
	}
	if len(out) == len(r.History) {
		return r
	}
	next := *r
	next.History = out
	return &next
}

func (r *flagRecord) encode() []byte {
	out, err := json.Marshal(r)
	if err != nil {
		panic("BUG: a record cannot be written as JSON: " + err.Error())
	}
	return out
}

// decodeFlagRecord reads a kept record and refuses one that could not have been written.
func decodeFlagRecord(in []byte) (*flagRecord, error) {
	var r flagRecord
	if err := json.Unmarshal(in, &r); err != nil {
		return nil, err
	}
	if r.Format != flagFormat {
		return nil, fmt.Errorf("format %d, want %d", r.Format, flagFormat)
	}
	if r.Revision == 0 || len(r.History) == 0 || r.History[0].Revision != r.Revision || !r.History[0].equal(r.Set) {
		return nil, fmt.Errorf("history does not begin with revision %d", r.Revision)
	}
	return &r, nil
}

// rolloutProblem says why the kept ramp cannot be gone on with, or shown; nil: it can.
func (r *flagRecord) rolloutProblem() error {
	if r.Rollout == nil {
		return nil
	}
	return r.Rollout.Validate()
}
