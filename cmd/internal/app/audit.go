package app

import (
	"errors"
	"net/http"

	"weir/config"
	"weir/proxy/admin/api"
	"weir/proxy/admin/audit"
	"weir/proxy/control"
)

// Where changes come from that no request asked for.
const (
	fromFile   = "file"   // the configuration, or a file that it names, is another
	fromSignal = "signal" // SIGHUP
	fromWeir   = "weir"   // a rollout, or a guard
)

// newAudit keeps its files beside the state.
func (a *app) newAudit(cfg *config.Config) *audit.Log {
	return audit.New(audit.Options{Dir: cfg.State, Trouble: func(err error) {
		if err != nil {
			a.log.Error().Err(err).Msg("the audit log cannot be written: it waits in memory")
			return
		}
		a.log.Info().Msg("the audit log can be written again")
	}})
}

// auditByItself keeps what Weir did without being asked; what it was asked for is kept
// with the answer. It waits for nothing: it is called where safety moves are made.
func (a *app) auditByItself(e *control.Event) {
	entry := api.AuditEntry{From: fromWeir, Upstream: e.Upstream, Group: e.Group, Flag: e.Flag, Reason: e.Reason, Result: api.ResultOK, Revision: e.Revision}
	by := e.Source
	switch e.Kind {
	case control.EventRevision:
		by = control.Source(e.State)
	case control.EventFlag:
		entry.Target = e.State
	default:
		return
	}
	if by == control.SourceRollout || by == control.SourceGuard {
		entry.Action = string(by)
		a.audit.Add(entry)
	}
}

// auditReload keeps a reload that no request asked for.
func (a *app) auditReload(from string, err error) {
	e := api.AuditEntry{From: from, Action: "reload", Result: api.ResultOK}
	if r, refused := errors.AsType[*control.Refusal](err); refused {
		e.Result, e.Detail = api.ResultRefused, r.Msg
		if r.Kind == control.Invalid {
			e.Status = http.StatusUnprocessableEntity
		}
	} else if err != nil {
		e.Result, e.Detail = api.ResultFailed, err.Error()
	}
	a.audit.Add(e)
}

// auditStatus is whether the audit log is written.
func (a *app) auditStatus() api.AuditStatus {
	s := a.audit.Status()
	out := api.AuditStatus{OK: s.Err == nil, Lost: s.Lost}
	if s.Err != nil {
		out.Error = s.Err.Error()
	}
	return out
}
