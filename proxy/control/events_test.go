package control

import "testing"

func TestEventsInOrder(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	b.startWriter(t)
	events, end := b.Subscribe()
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1}, Meta{Reason: "all back"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Reload(t.Context(), oneUpstream()); err != nil {
		t.Fatal(err)
	}
	b.NoteReload(&Refusal{Kind: Invalid, Msg: "weir.yaml:1:1: no"})
	end()
	end() // twice is harmless
	var got []Event
	for ev := range events {
		got = append(got, ev)
	}
	if len(got) != 3 {
		t.Fatalf("%d events, want 3: %+v", len(got), got)
	}
	if e := got[0]; e.Kind != EventRevision || e.Upstream != "api" || e.Revision != 2 || e.Reason != "all back" || e.At.IsZero() {
		t.Errorf("first event = %+v", e)
	}
	if got[1].Kind != EventReload || got[1].State != "applied" || got[2].State != "refused" || got[2].Reason == "" {
		t.Errorf("reload events = %+v", got[1:])
	}
	for i, e := range got[1:] {
		if e.ID != got[i].ID+1 {
			t.Errorf("event %d has id %d after %d", i+1, e.ID, got[i].ID)
		}
	}
}

func TestSlowSubscriberIsDropped(t *testing.T) {
	var e events
	slow, endSlow := e.subscribe()
	fast, endFast := e.subscribe()
	for i := range uint64(2 * eventBacklog) {
		e.publish(Event{Kind: EventState})
		if ev := <-fast; ev.ID != i+1 {
			t.Fatalf("event %d has id %d", i+1, ev.ID)
		}
	}
	n, last := 0, Event{}
	for ev := range slow { // ends: the channel is closed
		n, last = n+1, ev
	}
	if n != eventBacklog+1 || last.Kind != EventLost {
		t.Errorf("the slow one got %d events, the last %+v, want %d and a lost one", n, last, eventBacklog+1)
	}
	endSlow()
	endFast()
	if _, open := <-fast; open {
		t.Error("an ended subscription goes on")
	}
}
