package control

import "testing"

func TestEventsInOrder(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.startWriter(t)
	b.emitted() // of the start
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1}, Meta{Reason: "all back"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Reload(t.Context(), oneUpstream()); err != nil {
		t.Fatal(err)
	}
	b.NoteReload(&Refusal{Kind: Invalid, Msg: "weir.yaml:1:1: no"})
	got := b.emitted()
	if len(got) != 3 {
		t.Fatalf("%d events, want 3: %+v", len(got), got)
	}
	if e := got[0]; e.Kind != EventRevision || e.Upstream != "api" || e.Revision != 2 || e.Reason != "all back" || e.At.IsZero() {
		t.Errorf("first event = %+v", e)
	}
	if got[1].Kind != EventReload || got[1].State != "applied" || got[2].State != "refused" || got[2].Reason == "" {
		t.Errorf("reload events = %+v", got[1:])
	}
}
