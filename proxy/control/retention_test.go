package control

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
	"weir/config"
)

// revisions are the numbers of those that are kept.
func (r *record) revisions() []uint64 {
	var out []uint64
	for _, h := range r.History {
		out = append(out, h.Revision)
	}
	return out
}

func TestRetention(t *testing.T) {
	now := time.Now()
	split1 := func(v2 float64) split { return split{"v1", weights{"v1": 100, "v2": v2}} }
	plain := func() *record { // revisions 1 to 6
		r := firstRecord(split1(0))
		for i := range 5 {
			r = r.revise(split1(float64(i+1)), cause{Source: SourceAPI})
		}
		return r
	}
	switched := func() *record { // 2 is of v2 alone, 3 to 6 of v1: the way back is 2
		r := firstRecord(split1(0)).revise(split{"v2", weights{"v1": 0, "v2": 100}}, cause{Source: SourceFile})
		for i := range 4 {
			r = r.revise(split1(float64(i+1)), cause{Source: SourceAPI})
		}
		return r
	}
	running := func() *record { // a rollout began on 3, and has made 4 to 6
		r := firstRecord(split1(1)).revise(split1(2), cause{Source: SourceAPI}).revise(split1(0), cause{Source: SourceAPI})
		s, _ := rollout.New("r1", rollout.Plan{Strategy: "canary", From: "v1", To: "v2"}, 0, now)
		r.Rollout = &s
		for i := range 3 {
			r = r.revise(split1(float64(i+1)), cause{Source: SourceRollout, Rollout: &s})
		}
		return r
	}
	contracted := func() *record { // 3 is a point of no return
		r := switched()
		r.History[3].NoReturn = &NoReturn{At: now, Gates: []string{"drop"}}
		return r
	}
	aged := func(r *record) *record { // each a day older than the next
		for i := range r.History {
			r.History[i].At = now.Add(-time.Duration(i) * 24 * time.Hour)
		}
		return r
	}
	for _, c := range []struct {
		name string
		of   *record
		by   config.History
		want []uint64
	}{
		{"by number", plain(), config.History{Keep: 3}, []uint64{6, 5, 4}},
		{"only the present one", plain(), config.History{Keep: 1}, []uint64{6}},
		{"all", plain(), config.History{Keep: 6}, []uint64{6, 5, 4, 3, 2, 1}},
		{"by default", plain(), config.History{}, []uint64{6, 5, 4, 3, 2, 1}},
		{"by age", aged(plain()), config.History{Keep: 6, MaxAge: 50 * time.Hour}, []uint64{6, 5, 4}},
		{"with the way back", switched(), config.History{Keep: 2}, []uint64{6, 5, 2}},
		{"with the way back, however old", aged(switched()), config.History{Keep: 100, MaxAge: time.Minute}, []uint64{6, 2}},
		{"with a point of no return", contracted(), config.History{Keep: 1}, []uint64{6, 3, 2}},
		{"with the running rollout", running(), config.History{Keep: 1}, []uint64{6, 5, 4, 3}},
	} {
		r := c.of.within(c.by, now)
		if diff := cmp.Diff(c.want, r.revisions()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if again := r.within(c.by, now); again != r {
			t.Errorf("%s: another record though nothing goes", c.name)
		}
		if _, err := decodeRecord(r.encode()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRetentionIsTheFiles: what a file says is in force at the next change, and is
// what is kept.
func TestRetentionIsTheFiles(t *testing.T) {
	cfg := oneUpstream()
	cfg.Upstreams[0].History = config.History{Keep: 2}
	b := newBench(t, Options{Config: cfg})
	b.startWriter(t)
	for i := range 4 {
		if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 50 + float64(i), "v2": 10}, Meta{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.upstream("api").record.revisions(); len(got) != 2 || got[0] != 5 || got[1] != 4 {
		t.Errorf("kept %v, want 5 and 4", got)
	}
	_, err := b.Undo(t.Context(), "api", 2, Meta{})
	wantKind(t, err, NotFound)
	wantText(t, err, "revision 2 does not exist; there are 4 to 5")
	next := oneUpstream()
	next.Upstreams[0].History = config.History{Keep: 1}
	if _, err := b.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if got := b.upstream("api").record.revisions(); len(got) != 1 {
		t.Errorf("after a reload %v are kept, want one", got)
	}
}
