package control

import (
	"time"

	"weir/config"
	"weir/proxy"
)

// writing is what the upstream's requests go by.
func (u *upstream) writing() proxy.Writes {
	w := &u.config.Writes
	out := proxy.Writes{Reads: exceptions(w.Reads)}
	if u.readOnly() {
		out.ReadOnly = proxy.NewReadOnly(exceptions(w.Allow), w.Status, w.RetryAfter)
	}
	return out
}

func exceptions(list []config.Exception) []proxy.Exception {
	out := make([]proxy.Exception, len(list))
	for i, e := range list {
		out[i] = proxy.Exception{Method: e.Method, Path: e.Path}
	}
	return out
}

// readOnly is what an operator set of an upstream's writes, beside what the file said
// then: as soon as the file says something else it is the file's again.
type readOnly struct {
	On     bool      `json:"on"`
	File   bool      `json:"file"`
	At     time.Time `json:"at"`
	Author string    `json:"author,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// readOnly reports that the upstream's writes are refused.
func (u *upstream) readOnly() bool {
	if set := u.record.ReadOnly; set != nil {
		return set.On
	}
	return u.config.Writes.ReadOnly
}

// underFile returns the record without a setting that the file has another word on since.
func (r *record) underFile(cfg *config.Upstream) *record {
	if set, file := r.ReadOnly, cfg.Writes.ReadOnly; set == nil || set.File == file && set.On != file {
		return r
	}
	return r.withReadOnly(nil)
}

// withReadOnly returns the record with another setting, nil for none.
func (r *record) withReadOnly(set *readOnly) *record {
	next := *r
	next.ReadOnly = set
	return &next
}
