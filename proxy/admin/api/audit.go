package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Audit answers GET /v1/audit, newest first.
type Audit struct {
	Entries []AuditEntry `json:"entries"`
	// Next is the before of the next page, also of one that has fewer entries than were
	// asked for; absent: there are no older ones.
	Next uint64 `json:"next,omitempty"`
}

// AuditEntry is one change that somebody asked for, obeyed or not, or one that was made
// by itself.
type AuditEntry struct {
	ID uint64    `json:"id"` // from 1, rising
	At time.Time `json:"at"` // when it was answered
	// Author is who asked: the name of his token, or of his certificate behind cert:, and
	// in brackets what he calls himself, which nobody has checked; only that, without
	// brackets, where nobody is asked who he is.
	Author string `json:"author"`
	Role   string `json:"role"` // one of the Role words, link: of an approval, or empty: nobody asked for it
	// By is how he has shown who he is: token, token of line 3 (one without a name),
	// certificate, link; absent: nobody asked.
	By       string `json:"by,omitempty"`
	From     string `json:"from"`     // an address, unix, file, signal, or weir: by itself
	Action   string `json:"action"`   // split, start, promote, undo, endpoint, reload, ...
	Upstream string `json:"upstream"` // empty: the whole process, or a group
	Group    string `json:"group,omitempty"`
	Flag     string `json:"flag,omitempty"`
	Target   string `json:"target"` // what of it, and to what: weights, a version, an endpoint and its state
	Reason   string `json:"reason"`
	Result   string `json:"result"` // one of the Result words
	Status   int    `json:"status"` // of the answer; 0: there was none
	Detail   string `json:"detail,omitempty"`
	Revision uint64 `json:"revision,omitempty"` // that was in force afterwards; 0: of no upstream, or unknown
}

// What has become of a change.
const (
	ResultOK      = "ok"
	ResultRefused = "refused" // by a rule: the caller must ask otherwise, or somebody else
	ResultFailed  = "failed"  // it could not be done, or whether it was is unknown
)

// RoleLink is the role of whoever answers an approval by its link.
const RoleLink = "link"

// AuditQuery is which entries are asked for; the zero value is the newest hundred.
type AuditQuery struct {
	Limit    int    // 1 to 1000; 0: 100
	Before   uint64 // only those with a smaller ID; 0: all
	Upstream string // only those of it and of its groups; "": all
	Flag     string // only those of it; "": all. Not beside Upstream
}

// Audit lists who has changed what, newest first.
func (c *Client) Audit(ctx context.Context, q AuditQuery) (Audit, error) {
	v := url.Values{}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Before > 0 {
		v.Set("before", strconv.FormatUint(q.Before, 10))
	}
	if q.Upstream != "" {
		v.Set("upstream", q.Upstream)
	}
	if q.Flag != "" {
		v.Set("flag", q.Flag)
	}
	path := "/v1/audit"
	if len(v) > 0 {
		path += "?" + v.Encode()
	}
	var a Audit
	err := c.call(ctx, http.MethodGet, path, nil, &a)
	return a, err
}
