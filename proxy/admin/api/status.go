package api

import "time"

// Status answers GET /v1/status: the process as a whole.
type Status struct {
	Version    string    `json:"version"` // of Weir
	StartedAt  time.Time `json:"started_at"`
	Generation uint64    `json:"generation"` // of the snapshot that serves
	Inflight   int64     `json:"inflight"`   // requests being served now
	Tunnels    int64     `json:"tunnels"`    // upgraded connections open now
	// Ready is true from the first open listener to the beginning of the stop.
	Ready  bool         `json:"ready"`
	State  StateStatus  `json:"state"`
	Reload ReloadStatus `json:"reload"`
	// Drift names the upstreams whose file disagrees with what serves.
	Drift []string `json:"drift,omitempty"`
	// Notify is what has come of what targets were to be told, in the order of the file.
	Notify []NotifyStatus `json:"notify,omitempty"`
	Audit  AuditStatus    `json:"audit"`
	// Tokens is the file of tokens; null: none are asked for.
	Tokens *TokensStatus `json:"tokens"`
	You    You           `json:"you"` // who asks
}

// AuditStatus says whether the audit log is written.
type AuditStatus struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"` // empty when ok
	Lost  uint64 `json:"lost"`  // entries that found no room to wait for the disk
}

// TokensStatus says whether the tokens in force are those of their file.
type TokensStatus struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"` // one line per fault; empty when ok
}

// NotifyStatus is a target that is told of events. The numbers are since the process
// began to tell it.
type NotifyStatus struct {
	Name      string `json:"name"`
	Queued    int    `json:"queued"`    // to be told yet, the one that is being tried included
	Delivered uint64 `json:"delivered"` // taken
	Failed    uint64 `json:"failed"`    // given up after all tries
	Dropped   uint64 `json:"dropped"`   // never tried: too many were queued
	Error     string `json:"error"`     // of the last try; empty when it was taken
}

// StateStatus says whether changes can be kept.
type StateStatus struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"` // empty when ok
}

// ReloadStatus is the outcome of the latest load of the configuration file.
type ReloadStatus struct {
	OK    bool      `json:"ok"`
	At    time.Time `json:"at"` // of the latest load that succeeded
	File  string    `json:"file"`
	Error string    `json:"error"` // one line per fault; empty when ok
}

// ReloadResult answers POST /v1/reload.
type ReloadResult struct {
	Generation uint64 `json:"generation"` // that serves now
	// Changed names the upstreams whose split the file replaced, in file order;
	// empty when the file changed no split.
	Changed []string `json:"changed"`
	// Warnings are what an operator should know although the reload succeeded.
	Warnings []string `json:"warnings,omitempty"`
}
