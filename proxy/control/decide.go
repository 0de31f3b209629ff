package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/balancer/rollout"
)

// The file and runtime are two layers (semantics §7). Which of them wins is
// decided here, from three splits: the base (the file's when it was last
// applied), the file's now, and what serves.

// decision is what becomes of an upstream's record.
type decision struct {
	record   *record
	replaced bool     // the file's split replaced what served: a new revision
	warnings []string // a sentence each
}

// fault is why a file cannot be applied.
type fault struct {
	path []string // the keys that lead to it
	msg  string
}

func faultAt(msg string, path ...string) fault { return fault{path: path, msg: msg} }

// atReload decides for a file that comes while the upstream serves. The faults
// are by path below the upstream; none: it can be applied.
func atReload(r *record, file split) (decision, []fault) {
	if file.equal(r.Base) {
		return decision{record: r}, nil
	}
	if run := r.running(); run != nil {
		return decision{}, clashes(run, r.Base, file)
	}
	return fileWins(r, file, "the file's split changed"), nil
}

// fileWins makes the file's split serve. It is no revision if that is what
// serves already, for instance because the file was told after a rollout. A file
// in which nothing has changed but stable, to the one that is, has been told too:
// its weights were left as they are, and must not send everybody back.
func fileWins(r *record, file split, reason string) decision {
	next := r.withBase(file)
	if file.Stable == r.Split.Stable && file.Stable != r.Base.Stable && maps.Equal(file.Weights, r.Base.Weights) {
		return decision{record: next, warnings: []string{fmt.Sprintf(
			"the file agrees that %s is stable, not about the weights: %s serve until one of them changes in the file",
			file.Stable, r.Split.weights())}}
	}
	if file.serves(r.Split) {
		next.Split = file
		return decision{record: next}
	}
	return decision{record: next.revise(file, cause{Source: SourceFile, Reason: reason}), replaced: true}
}

// clashes says how a file that changes the split does not fit a running rollout.
func clashes(run *rollout.State, base, file split) []fault {
	advice := fmt.Sprintf("rollout %s from %s to %s is running: abort it, or leave the split as it is until it has ended",
		run.ID, run.Plan.From, run.Plan.To)
	var out []fault
	add := func(what string, path ...string) { out = append(out, faultAt(what+", but "+advice, path...)) }
	if file.Stable != base.Stable {
		add(fmt.Sprintf("changed from %s to %s", base.Stable, file.Stable), "stable")
	}
	for _, v := range sortedVersions(base, file) {
		was, had := base.Weights[v]
		now, has := file.Weights[v]
		switch {
		case had && !has:
			add("removed", "versions", v)
		case !had && has:
			add("added", "versions", v)
		case was != now:
			add(fmt.Sprintf("changed from %v to %v", was, now), "versions", v, "weight")
		}
	}
	return out
}

func sortedVersions(a, b split) []string {
	var out []string
	for v := range a.Weights {
		out = append(out, v)
	}
	for v := range b.Weights {
		if _, ok := a.Weights[v]; !ok {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// atStart decides for a file with which the process starts, given what was kept
// (nil: nothing). A start is never refused.
func atStart(kept *record, file split) decision {
	if kept == nil {
		return decision{record: firstRecord(file), replaced: true}
	}
	run := kept.running()
	if gone := missing(kept, file); len(gone) > 0 {
		names := strings.Join(gone, ", ")
		reason := fmt.Sprintf("the kept split is of versions that the file no longer has (%s): the file's serves", names)
		d := fileWins(kept.abandon("the file no longer has "+names+": write it into the file and start the rollout again"), file, reason)
		d.warnings = append(d.warnings, fmt.Sprintf("%s; to go back, write them into the file and undo to revision %d", reason, kept.Revision))
		return d
	}
	if file.equal(kept.Base) {
		return decision{record: kept}
	}
	if run != nil {
		next := kept.withBase(file)
		next.Split = next.Split.over(file.versions())
		return decision{record: next, warnings: []string{fmt.Sprintf(
			"the file's split changed, but rollout %s from %s to %s goes on as it was kept, at %v %%",
			run.ID, run.Plan.From, run.Plan.To, run.Percent)}}
	}
	return fileWins(kept, file, "the file's split changed while weir was not running")
}

// missing are the versions that the kept split or its rollout cannot do without
// and the file does not have.
func missing(kept *record, file split) []string {
	var out []string
	for _, v := range kept.Split.versions() {
		_, has := file.Weights[v]
		needed := kept.Split.Weights[v] > 0 || kept.Split.Stable == v
		if run := kept.running(); run != nil {
			needed = needed || run.Plan.From == v || run.Plan.To == v
		}
		if needed && !has {
			out = append(out, v)
		}
	}
	return out
}

func (s split) versions() []string { return slices.Sorted(maps.Keys(s.Weights)) }
