package demo

import (
	"testing"
	"time"
)

func TestEntrySurvivesTheLine(t *testing.T) {
	e := entry{received: time.Unix(1, 5), answered: time.Unix(2, 7), status: 500}
	got, err := parseEntry(e.String())
	if err != nil || !got.received.Equal(e.received) || !got.answered.Equal(e.answered) || got.status != e.status {
		t.Errorf("parseEntry(%q) = %v, %v", e, got, err)
	}
	for _, line := range []string{"", "1 2", "a b c", "1 2 x"} {
		if _, err := parseEntry(line); err == nil {
			t.Errorf("parseEntry(%q): no error", line)
		}
	}
}

func TestExposureIsFirstBadAnswerToLastRequest(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	var l ledger
	if got := l.summary().exposure(); got != 0 {
		t.Errorf("exposure without requests = %v, want 0", got)
	}
	// Answers are logged in the order in which they went out, not came in.
	for _, e := range []entry{
		{at(0), at(5), 200}, {at(20), at(30), 500}, {at(10), at(29), 500}, {at(90), at(91), 500}, {at(80), at(95), 500},
	} {
		l.add(e)
	}
	s := l.summary()
	if s.requests != 5 || s.bad != 4 || s.exposure() != 61*time.Millisecond {
		t.Errorf("summary %+v, exposure %v, want 5 requests, 4 bad, 61 ms", s, s.exposure())
	}
	if got := (summary{bad: 1, firstBad: at(50), last: at(40)}).exposure(); got != 0 {
		t.Errorf("exposure when nothing came after the bad answer = %v, want 0", got)
	}
}
