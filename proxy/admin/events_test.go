package admin

import (
	"fmt"
	"sync"
	"testing"

	"weir/proxy/admin/api"
)

func reasons(events []api.Event) (list []string) {
	for _, e := range events {
		list = append(list, e.Reason)
	}
	return list
}

func TestEventLogKeepsTheLatest(t *testing.T) {
	l := NewEventLog()
	from := l.resume("")
	for i := range eventsKept + 10 {
		l.Publish(api.Event{Type: api.EventRevision, Reason: fmt.Sprint(i)})
	}
	events, next, _ := l.since(from)
	if len(events) != eventsKept || events[0].Reason != "10" || events[len(events)-1].Reason != fmt.Sprint(eventsKept+9) {
		t.Fatalf("%d events from %q to %q, want the latest %d", len(events), events[0].Reason, events[len(events)-1].Reason, eventsKept)
	}
	if again, _, _ := l.since(next); len(again) != 0 {
		t.Errorf("%d events twice", len(again))
	}
	for i, e := range events {
		if e.ID == "" || e.At.IsZero() || (i > 0 && e.ID == events[i-1].ID) {
			t.Fatalf("event %d: id %q, at %v", i, e.ID, e.At)
		}
	}
}

func TestEventLogResume(t *testing.T) {
	l := NewEventLog()
	for i := range 5 {
		l.Publish(api.Event{Reason: fmt.Sprint(i)})
	}
	all, _, _ := l.since(1)
	for _, c := range []struct {
		name, id string
		want     []string
	}{
		{"no id: from now on", "", nil},
		{"behind the third", all[2].ID, []string{"3", "4"}},
		{"behind the last", all[4].ID, nil},
		{"of another process", "0-3", reasons(all)},
		{"from the future", l.boot + "-99", reasons(all)},
		{"not an id", "x", reasons(all)},
	} {
		got, _, _ := l.since(l.resume(c.id))
		if fmt.Sprint(reasons(got)) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, reasons(got), c.want)
		}
	}
}

// TestEventLogReaders has readers that follow while many publish: each sees every
// event once, in order.
func TestEventLogReaders(t *testing.T) {
	const publishers, each = 4, 100
	l := NewEventLog()
	var readers, writers sync.WaitGroup
	for range 3 {
		next := l.resume("")
		readers.Go(func() {
			seen := map[string]bool{}
			for len(seen) < publishers*each {
				events, n, more := l.since(next)
				next = n
				for _, e := range events {
					if seen[e.Reason] {
						t.Errorf("%s twice", e.Reason)
						return
					}
					seen[e.Reason] = true
				}
				if len(seen) < publishers*each {
					<-more
				}
			}
		})
	}
	for p := range publishers {
		writers.Go(func() {
			for i := range each {
				l.Publish(api.Event{Reason: fmt.Sprint(p, "/", i)})
			}
		})
	}
	writers.Wait()
	readers.Wait()
}
