package proxy

import (
	"fmt"
	"net/http"
	"time"
)

// ReadOnly is how an upstream refuses its writes while it serves no others than Allow.
// Endpoints are told with every request: X-Weir-Read-Only: 1.
type ReadOnly struct {
	allow []Exception
	reply *reply
}

// NewReadOnly makes it ready: status is 503 or 405, retryAfter is rounded up to whole
// seconds, 0 says nothing of it.
func NewReadOnly(allow []Exception, status int, retryAfter time.Duration) *ReadOnly {
	seconds := int((retryAfter + time.Second - 1) / time.Second)
	return &ReadOnly{allow: allow, reply: &reply{
		status: status, reason: reasonReadOnly, retryAfter: seconds, allow: "GET, HEAD, OPTIONS",
	}}
}

const reasonReadOnly = "read_only"

func (r *ReadOnly) check() error {
	if r.reply.status != http.StatusServiceUnavailable && r.reply.status != http.StatusMethodNotAllowed {
		return fmt.Errorf("read only: status %d, want 503 or 405", r.reply.status)
	}
	for i := range r.allow {
		if err := r.allow[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// refuses says whether the write is refused. A nil one refuses none.
func (r *ReadOnly) refuses(x Exchange) bool { return r != nil && !excepted(r.allow, x) }
