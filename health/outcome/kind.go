package outcome

// Kind is how one attempt ended. Each attempt is counted under exactly one Kind.
// The zero value is OK.
type Kind uint8

const (
	// OK is a complete answer whose status is not in the upstream's errors.
	// A 101 is OK at its head.
	OK Kind = iota
	// Error is an answer whose status is in the upstream's errors (500-599 by default).
	Error
	// Connect means that no connection could be made, so nothing was sent.
	Connect
	// Timeout means that a phase of the attempt took longer than allowed.
	Timeout
	// Reset means that the connection broke before the answer was complete,
	// a truncated body included.
	Reset
	// Overdue means no first byte within OverdueAfter, or a client that left
	// after that point.
	Overdue
	// Canceled means that the client left before the attempt was overdue, that Weir
	// cut it at the end of a drain, or that Weir had no descriptor or port to begin
	// it with: it says nothing about the endpoint.
	Canceled

	// NumKinds is how many kinds there are, for arrays indexed by Kind.
	NumKinds = 7
)

var kindNames = [NumKinds]string{"ok", "error", "connect", "timeout", "reset", "overdue", "canceled"}

// String is the word used in metrics and logs: ok, error, connect, timeout,
// reset, overdue or canceled.
func (k Kind) String() string {
	if k >= NumKinds {
		return "unknown"
	}
	return kindNames[k]
}

// Failed reports whether the verdict counts k as a failure: all kinds but OK and Canceled.
func (k Kind) Failed() bool { return k-Error <= Overdue-Error }

// BlamesEndpoint reports whether k speaks against the endpoint that produced it
// and so may lead to its ejection. Overdue does not: it is an estimate that a
// slow but living endpoint may prove wrong.
func (k Kind) BlamesEndpoint() bool { return k-Error <= Reset-Error }
