package proxy

import (
	"context"
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
	a.bound(never, never)
	for _, tt := range []struct {
		cause  error
		kind   outcome.Kind
		status int
	}{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, outcome.Connect, 502},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, outcome.Connect, 504},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}, outcome.Canceled, 503},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.ENOBUFS)}, outcome.Canceled, 503},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}, outcome.Canceled, 503},
		{canceledDial(t), outcome.Canceled, 503},
	} {
		fail := dialFailed(a, tt.cause)
		if fail.Kind != tt.kind || fail.Sent || fail.answer.status != tt.status {
			t.Errorf("%v: %v, sent %v, %d, want %v, unsent, %d", tt.cause, fail.Kind, fail.Sent, fail.answer.status, tt.kind, tt.status)
		}
		if !errors.Is(fail, tt.cause) || fail.Error() != "dial 127.0.0.1:1: "+tt.cause.Error() {
			t.Errorf("%v: %q, want the operation, the endpoint and the cause", tt.cause, fail)
		}
	}
}

// canceledDial is what a dial comes to that the hard close has ended.
func canceledDial(t *testing.T) error {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:1")
	return err
}

func TestAttemptIsRecordedOnce(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	v, e := up.Versions[0], up.Versions[0].Endpoints[0]
	w := &worker{slot: &slot{}}
	w.slot.begin()
	a := &w.attempt
	a.begin(w, &target{up: up}, true)
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
