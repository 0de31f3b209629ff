package control

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
)

func running(from, to string) *rollout.State {
	return &rollout.State{ID: "r1", Phase: rollout.Progressing, Percent: 10, Plan: rollout.Plan{From: from, To: to}}
}

// TestThreeWay is semantics §7 as a table: base, runtime and file decide.
func TestThreeWay(t *testing.T) {
	v1, v1v2 := split{"v1", weights{"v1": 100, "v2": 0}}, split{"v1", weights{"v1": 50, "v2": 50}}
	onlyV2 := split{"v2", weights{"v1": 0, "v2": 100}}
	tests := []struct {
		name          string
		base, runtime split
		file          split
		run           *rollout.State
		// reload
		want     split
		revision bool   // a new one
		problem  string // refused instead
		// start, where it differs
		start        *split
		startWarning string
	}{
		{name: "nothing changed", base: v1, runtime: v1, file: v1, want: v1},
		{name: "runtime changed", base: v1, runtime: v1v2, file: v1, want: v1v2},
		{name: "file changed", base: v1, runtime: v1, file: v1v2, want: v1v2, revision: true},
		{name: "both changed: the file wins", base: v1, runtime: onlyV2, file: v1v2, want: v1v2, revision: true},
		{name: "the file is told what serves", base: v1, runtime: onlyV2, file: onlyV2, want: onlyV2},
		{name: "the file is told in other numbers", base: v1, runtime: onlyV2, file: split{"v2", weights{"v1": 0, "v2": 1}}, want: split{"v2", weights{"v1": 0, "v2": 1}}},
		{name: "the file is told who is stable, and no weights", base: v1, runtime: onlyV2, file: split{"v2", weights{"v1": 100, "v2": 0}}, want: onlyV2,
			startWarning: "agrees that v2 is stable"},
		{name: "stable changed in the file: cut-over", base: v1, runtime: v1, file: onlyV2, want: onlyV2, revision: true},
		{name: "version added with weight 0", base: v1, runtime: v1, file: split{"v1", weights{"v1": 100, "v2": 0, "v3": 0}},
			want: split{"v1", weights{"v1": 100, "v2": 0, "v3": 0}}},
		{name: "version added, runtime changed", base: v1, runtime: v1v2, file: split{"v1", weights{"v1": 100, "v2": 0, "v3": 0}},
			want: split{"v1", weights{"v1": 100, "v2": 0, "v3": 0}}, revision: true},
		{name: "version removed", base: v1v2, runtime: v1v2, file: split{"v1", weights{"v1": 100}}, want: split{"v1", weights{"v1": 100}}, revision: true,
			startWarning: "no longer has (v2)"},
		{name: "rollout, same file", base: v1, runtime: v1v2, file: v1, run: running("v1", "v2"), want: v1v2},
		{name: "rollout, weights changed", base: v1, runtime: v1v2, file: onlyWeights(30, 70), run: running("v1", "v2"),
			problem: "versions.v1.weight: changed from 100 to 30", start: &v1v2, startWarning: "goes on"},
		{name: "rollout, the split it is at", base: v1, runtime: v1v2, file: v1v2, run: running("v1", "v2"),
			problem: "versions.v2.weight: changed from 0 to 50", start: &v1v2, startWarning: "goes on"},
		{name: "rollout, stable changed", base: v1, runtime: v1v2, file: onlyV2, run: running("v1", "v2"),
			problem: "stable: changed from v1 to v2", start: &v1v2, startWarning: "goes on"},
		{name: "rollout, candidate removed", base: v1, runtime: v1v2, file: split{"v1", weights{"v1": 100}}, run: running("v1", "v2"),
			problem: "versions.v2: removed", start: &split{"v1", weights{"v1": 100}}, startWarning: "no longer has (v2)"},
		{name: "rollout, candidate renamed", base: v1, runtime: v1v2, file: split{"v1", weights{"v1": 100, "v3": 0}}, run: running("v1", "v2"),
			problem: "versions.v3: added", start: &split{"v1", weights{"v1": 100, "v3": 0}}, startWarning: "no longer has (v2)"},
		{name: "rollout, another version added", base: v1, runtime: v1v2, file: split{"v1", weights{"v1": 100, "v2": 0, "v3": 0}}, run: running("v1", "v2"),
			problem: "versions.v3: added", start: &split{"v1", weights{"v1": 50, "v2": 50, "v3": 0}}, startWarning: "goes on"},
	}
	for _, tt := range tests {
		r := firstRecord(tt.base)
		if !tt.runtime.equal(tt.base) {
			r = r.revise(tt.runtime, cause{Source: SourceAPI})
		}
		r.Rollout = tt.run
		before := string(r.encode())

		t.Run("reload/"+tt.name, func(t *testing.T) {
			d, faults := atReload(r, tt.file)
			var problems []string
			for _, f := range faults {
				problems = append(problems, strings.Join(f.path, ".")+": "+f.msg)
			}
			if tt.problem != "" {
				if !strings.Contains(strings.Join(problems, "\n"), tt.problem) || !strings.Contains(problems[0], "r1") {
					t.Errorf("problems = %q, want one with %q and the rollout's id", problems, tt.problem)
				}
			} else {
				if len(problems) > 0 {
					t.Fatalf("problems = %q, want none", problems)
				}
				check(t, d, r, tt.want, tt.file, tt.revision)
			}
		})
		t.Run("start/"+tt.name, func(t *testing.T) {
			d := atStart(r, tt.file)
			want, revision := tt.want, tt.revision
			if tt.start != nil {
				want, revision = *tt.start, strings.Contains(tt.startWarning, "no longer")
			}
			check(t, d, r, want, tt.file, revision)
			if got := strings.Join(d.warnings, "\n"); (tt.startWarning == "") != (got == "") || !strings.Contains(got, tt.startWarning) {
				t.Errorf("warnings = %q, want %q", got, tt.startWarning)
			}
			if ended := tt.run != nil && d.record.running() == nil; ended != (tt.run != nil && revision) {
				t.Errorf("rollout after the start = %+v", d.record.Rollout)
			}
		})
		if after := string(r.encode()); after != before {
			t.Errorf("%s: the record was written to:\n%s\n%s", tt.name, before, after)
		}
	}
}

func onlyWeights(v1, v2 float64) split { return split{"v1", weights{"v1": v1, "v2": v2}} }

func check(t *testing.T, d decision, was *record, want, base split, revision bool) {
	t.Helper()
	if diff := cmp.Diff(want, d.record.Split); diff != "" {
		t.Errorf("split (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(base, d.record.Base); diff != "" {
		t.Errorf("base (-want +got):\n%s", diff)
	}
	wantRevision := was.Revision
	if revision {
		wantRevision++
		if h := d.record.History[0]; h.Source != SourceFile || !h.Settled {
			t.Errorf("newest revision = %+v, want a settled one of the file", h)
		}
	}
	if d.record.Revision != wantRevision || d.replaced != revision {
		t.Errorf("revision = %d, replaced %v, want %d, %v", d.record.Revision, d.replaced, wantRevision, revision)
	}
}

func TestFirstStart(t *testing.T) {
	file := split{"v1", weights{"v1": 100}}
	d := atStart(nil, file)
	if d.record.Revision != 1 || !d.record.Split.equal(file) || !d.record.Base.equal(file) || d.record.History[0].Source != SourceFile {
		t.Errorf("record = %+v", d.record)
	}
}
