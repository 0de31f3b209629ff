package control

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
)

// Source is who made a revision.
type Source string

// The sources of a revision.
const (
	SourceFile    Source = "file"
	SourceAPI     Source = "api"
	SourceRollout Source = "rollout" // a step, a revert, an abort or the finish of an explicit rollout
	SourceGuard   Source = "guard"   // a revert by the guard of a split that no rollout started
	SourceUndo    Source = "undo"
)

// Revision is one change of an upstream's split. Published revisions are
// immutable.
type Revision struct {
	Revision uint64             `json:"revision"` // from 1
	At       time.Time          `json:"at"`
	Author   string             `json:"author,omitempty"` // as the caller calls himself
	From     string             `json:"from,omitempty"`   // where he is; older ones do not say
	Source   Source             `json:"source"`
	Reason   string             `json:"reason,omitempty"`
	Split    map[string]float64 `json:"split"` // weights, every version of that time
	Stable   string             `json:"stable"`
	// Settled is true unless an explicit rollout was still running after this
	// revision: only a settled split is worth going back to.
	Settled bool `json:"settled"`
	// Rollout is the rollout or guard that made the revision, as it was then,
	// its last one with the report; nil when none did.
	Rollout *rollout.State `json:"rollout,omitempty"`
	// Gates are the answers of the rollout's gates until then; of its last revision, all.
	Gates []GateResult `json:"gates,omitempty"`
	// NoReturn is set when the revisions before this one are not gone back to.
	NoReturn *NoReturn `json:"no_return,omitempty"`
}

// recordFormat is raised when an older Weir could not read a record.
const recordFormat = 1

// record is everything that is kept of one upstream. A record that has been
// published or saved is not written again: a change makes a new one.
type record struct {
	Format int   `json:"format"`
	Split  split `json:"split"` // what serves
	// Base is the split that the file had when it was last applied: what the
	// file changes against (semantics §7).
	Base     split          `json:"base"`
	Revision uint64         `json:"revision"` // of Split, from 1
	History  []Revision     `json:"history"`  // newest first; the first one is Revision
	Rollout  *rollout.State `json:"rollout"`  // the explicit one that runs or the last that did; nil: there never was one
	// Gates are the answers of the rollout's gates, as far as a restart needs them.
	Gates []GateResult `json:"gates,omitempty"`
	// After is what has become of the last rollout that succeeded; nil: its old version
	// has not retired.
	After *aftermath `json:"after,omitempty"`
	// Layout is where the keys of a keyed split are, apart from what the running rollout
	// has moved.
	Layout balancer.Layout `json:"layout,omitempty"`
	// ReadOnly is what an operator set of its writes; nil: the file decides.
	ReadOnly *readOnly `json:"read_only,omitempty"`
	// Endpoints are the operators' settings, by version and address.
	Endpoints map[string]map[string]override `json:"endpoints,omitempty"`
}

// override is what an operator or a rolling rollout set of one endpoint. The zero value
// is nothing.
type override struct {
	State  string `json:"state,omitempty"`  // the operator's: up, drain or down; "": the file's
	File   string `json:"file,omitempty"`   // the file's state when State was set; "": up
	Weight int    `json:"weight,omitempty"` // 0: the file's
	// At, Author and Reason are how State came about; empty of one that an older Weir kept.
	At     time.Time `json:"at,omitzero"`
	Author string    `json:"author,omitempty"` // as the caller calls himself
	Reason string    `json:"reason,omitempty"`
	// Rolling is what a rolling rollout asks of the endpoint, drain or down, whatever
	// else is asked of it: "" is nothing.
	Rolling string `json:"rolling,omitempty"`
	// Born names the last start of the endpoint by a rolling rollout: with another one
	// it is another process, of which nothing is known. "": it never was started so.
	Born string `json:"born,omitempty"`
}

// under returns the setting as it is under a file that wants the endpoint in that
// state: the state is the file's again as soon as the file says another than it did.
func (o override) under(file string) override {
	then := o.File
	if then == "" {
		then = "up"
	}
	if then != file || o.State == file {
		o.State, o.File = "", ""
		o.At, o.Author, o.Reason = time.Time{}, "", ""
	}
	return o
}

// cause is why a revision is made.
type cause struct {
	Source  Source
	Author  string
	From    string
	Reason  string
	Rollout *rollout.State // that makes it; nil: none
}

// firstRecord is that of an upstream that nothing is kept of.
func firstRecord(file split) *record {
	r := &record{Format: recordFormat, Base: file}
	return r.revise(file, cause{Source: SourceFile, Reason: "first seen in the file"})
}

// running is the explicit rollout in progress, nil when there is none.
func (r *record) running() *rollout.State {
	if r.Rollout == nil || r.Rollout.Phase.Ended() {
		return nil
	}
	return r.Rollout
}

// revise returns the record with another split, as a new revision.
func (r *record) revise(s split, c cause) *record {
	next := *r
	next.Revision++
	next.Split = s
	rev := Revision{
		Revision: next.Revision,
		At:       time.Now().UTC().Round(0),
		Author:   c.Author,
		From:     c.From,
		Source:   c.Source,
		Reason:   c.Reason,
		Split:    s.Weights,
		Stable:   s.Stable,
		Settled:  next.running() == nil,
		Rollout:  forHistory(c.Rollout),
	}
	if c.Rollout != nil {
		rev.Gates = answersOf(r.Gates, c.Rollout.ID)
	}
	next.History = append([]Revision{rev}, r.History...)
	next.settle()
	return &next
}

// forHistory is the rollout without its evidence, which only a running one needs.
func forHistory(s *rollout.State) *rollout.State {
	if s == nil {
		return nil
	}
	out := *s
	out.Evidence = rollout.Evidence{}
	return &out
}

// withRollout returns the record with another state of its explicit rollout. The
// end of a rollout is also written into the last revision it made, which is
// settled from then on.
func (r *record) withRollout(s *rollout.State) *record {
	next := *r.layered(s)
	next.Rollout = s
	next.settle()
	if !s.Phase.Ended() || len(r.History) == 0 {
		return &next
	}
	if last := r.History[0]; last.Rollout != nil && last.Rollout.ID == s.ID {
		last.Settled, last.Rollout = true, forHistory(s)
		next.History = slices.Clone(r.History)
		next.History[0] = last
	}
	return &next
}

// abandon returns the record with its running rollout, if any, ended without a
// move of its own.
func (r *record) abandon(reason string) *record {
	run := r.running()
	if run == nil {
		return r
	}
	ended := run.Abandoned(reason, time.Now().UTC().Round(0))
	return r.withRollout(&ended)
}

// withBase returns the record with another split that the file was last applied as.
func (r *record) withBase(file split) *record {
	next := *r
	next.Base = file
	return &next
}

// withOverride returns the record with another setting of one endpoint.
func (r *record) withOverride(version, address string, o override) *record {
	next := *r
	next.Endpoints = maps.Clone(r.Endpoints)
	if next.Endpoints == nil {
		next.Endpoints = map[string]map[string]override{}
	}
	of := maps.Clone(next.Endpoints[version])
	if of == nil {
		of = map[string]override{}
	}
	if of[address] = o; o == (override{}) {
		delete(of, address)
	}
	if next.Endpoints[version] = of; len(of) == 0 {
		delete(next.Endpoints, version)
	}
	return &next
}

// prune returns the record without settings of endpoints that are gone, and without
// states that the file has another word on since. state is what the file asks for, ""
// of an endpoint that it does not have.
func (r *record) prune(state func(version, address string) string) *record {
	next := r
	for version, of := range r.Endpoints {
		for address, had := range of {
			o, file := override{}, state(version, address)
			if file != "" {
				o = had.under(file)
			}
			if o != had {
				next = next.withOverride(version, address, o)
			}
		}
	}
	return next
}

// upstreamKey is where the record of an upstream is kept.
func upstreamKey(name string) string { return "upstream/" + name }

// setAside begins the keys of what could not be read, so that what another Weir
// kept is not overwritten.
const setAside = "set-aside/"

func (r *record) encode() []byte {
	out, err := json.Marshal(r)
	if err != nil {
		panic("BUG: a record cannot be written as JSON: " + err.Error())
	}
	return out
}

// decodeRecord reads a kept record and refuses one that could not have been
// written: a store may be damaged, or of another version of Weir.
func decodeRecord(in []byte) (*record, error) {
	var r record
	if err := json.Unmarshal(in, &r); err != nil {
		return nil, err
	}
	if r.Format != recordFormat {
		return nil, fmt.Errorf("format %d, want %d", r.Format, recordFormat)
	}
	if bad := r.Split.problems(slices.Collect(maps.Keys(r.Split.Weights))); len(bad) > 0 {
		return nil, fmt.Errorf("split: %s", strings.Join(bad, "; "))
	}
	if r.Revision == 0 || len(r.History) == 0 || r.History[0].Revision != r.Revision {
		return nil, fmt.Errorf("history does not begin with revision %d", r.Revision)
	}
	return &r, nil
}

// rolloutProblem says why the kept rollout cannot be gone on with, or shown;
// nil: it can.
func (r *record) rolloutProblem() error {
	if r.Rollout == nil {
		return nil
	}
	if err := r.Rollout.Validate(); err != nil {
		return err
	}
	run := r.running()
	if run == nil {
		return nil
	}
	if run.Plan.From != r.Split.Stable {
		return fmt.Errorf("it is from %s, stable is %s", run.Plan.From, r.Split.Stable)
	}
	if _, ok := r.Split.Weights[run.Plan.To]; !ok {
		return fmt.Errorf("it is to %s, which has no weight in the split", run.Plan.To)
	}
	return nil
}
