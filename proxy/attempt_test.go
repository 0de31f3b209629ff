package proxy

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"weir/health/outcome"
)

func TestDialErrorsAreToldApart(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	a := &attempt{upstream: up, version: up.Versions[0], endpoint: up.Versions[0].Endpoints[0]}
	for _, tt := range []struct {
		cause  error
		status int
	}{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, 502},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, 504},
	} {
		fail := dialFailed(a, tt.cause)
		if fail.Kind != outcome.Connect || fail.Sent || fail.answer.status != tt.status {
			t.Errorf("%v: %v, sent %v, %d, want connect, unsent, %d", tt.cause, fail.Kind, fail.Sent, fail.answer.status, tt.status)
		}
		if !errors.Is(fail, tt.cause) || fail.Error() != "dial 127.0.0.1:1: "+tt.cause.Error() {
			t.Errorf("%v: %q, want the operation, the endpoint and the cause", tt.cause, fail)
		}
	}
}

func TestAttemptIsRecordedOnce(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	v, e := up.Versions[0], up.Versions[0].Endpoints[0]
	w := &worker{slot: &slot{}}
	w.slot.begin()
	a := &w.attempt
	a.begin(w, up, v, e, true, nil)
	a.record(outcome.Error)
	a.record(outcome.OK)
	a.end()
	a.end()
	if f := firsts(v); f != [outcome.NumKinds]uint64{outcome.Error: 1} {
		t.Errorf("outcomes %v, want one error", f)
	}
	if n := e.Live.Inflight(); n != 0 {
		t.Errorf("%d in flight, want 0", n)
	}
}
