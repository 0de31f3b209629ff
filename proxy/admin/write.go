package admin

import (
	"net/http"

	"weir/proxy/admin/api"
)

func (s *server) putSplit(w http.ResponseWriter, r *http.Request) {
	var q api.SplitRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
		if err = m.past(q.Author, q.Reason, q.Override); err != nil {
			return u, err
		}
		return s.backend.SetSplit(r.Context(), upstream, q.Weights, m)
	})
}

func (s *server) postRollout(w http.ResponseWriter, r *http.Request) {
	var q api.RolloutRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
		if err = m.sign(q.Author, q.Reason); err != nil {
			return u, err
		}
		return s.backend.StartRollout(r.Context(), upstream, q, m)
	})
}

func (s *server) postVerb(verb api.Verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q api.VerbRequest
		s.write(w, r, bodyOptional, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
			if err = m.command(verb, &q); err != nil {
				return u, err
			}
			return s.backend.Command(r.Context(), upstream, verb, q.Full, m)
		})
	}
}

// command puts what comes with a verb into m.
func (m *Meta) command(verb api.Verb, q *api.VerbRequest) error {
	if q.Full && verb != api.Promote {
		return &Refusal{Invalid, "full: true: only promote can be full"}
	}
	if q.Force && verb != api.Abort {
		return &Refusal{Invalid, "force: true: only abort can be forced"}
	}
	m.Override = q.Force
	return m.sign(q.Author, q.Reason)
}

// past puts what comes with a change that can go past what guards the database into m.
func (m *Meta) past(author, reason string, override bool) error {
	if err := m.sign(author, reason); err != nil {
		return err
	}
	if m.Override = override; override && m.Reason == "" {
		return &Refusal{Invalid, "override: true: want a reason, which the history keeps"}
	}
	return nil
}

// answer puts what comes with an answer to an approval into m.
func (m *Meta) answer(q *api.GateRequest) error {
	if q.Approve == nil {
		return &Refusal{Invalid, "approve: missing: want true or false"}
	}
	return m.sign(q.Author, q.Reason)
}

func (s *server) postGate(w http.ResponseWriter, r *http.Request) {
	var q api.GateRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
		if err = m.answer(&q); err != nil {
			return u, err
		}
		return s.backend.Approve(r.Context(), upstream, r.PathValue("gate"), *q.Approve, m)
	})
}

func (s *server) postUndo(w http.ResponseWriter, r *http.Request) {
	var q api.UndoRequest
	s.write(w, r, bodyOptional, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
		var to uint64
		if q.ToRevision != nil {
			if to = *q.ToRevision; to == 0 {
				return u, &Refusal{Invalid, "to_revision: 0: want 1 or more, or no to_revision for the default undo"}
			}
		}
		if err = m.past(q.Author, q.Reason, q.Override); err != nil {
			return u, err
		}
		return s.backend.Undo(r.Context(), upstream, to, m)
	})
}

func (s *server) patchEndpoint(w http.ResponseWriter, r *http.Request) {
	var q api.EndpointRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
		if err = m.sign(q.Author, q.Reason); err != nil {
			return u, err
		}
		return s.backend.SetEndpoint(r.Context(), upstream, r.PathValue("address"), q, m)
	})
}

func (s *server) putReadOnly(w http.ResponseWriter, r *http.Request) {
	var q api.ReadOnlyRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) (u api.Upstream, err error) {
		if q.On == nil {
			return u, &Refusal{Invalid, "on: missing: want true or false"}
		}
		if err = m.sign(q.Author, q.Reason); err != nil {
			return u, err
		}
		return s.backend.SetReadOnly(r.Context(), upstream, *q.On, m)
	})
}

// write reads what every write to an upstream has, lets do act on it, and
// answers with the upstream that do has made.
func (s *server) write(w http.ResponseWriter, r *http.Request, need bodyNeed, body any, do func(upstream string, m Meta) (api.Upstream, error)) {
	if m, ok := understood(w, r, need, body); ok {
		u, err := do(r.PathValue("upstream"), m)
		s.answerUpstream(w, r, u, err)
	}
}

// understood reads what every write has into m and body; false: it was refused.
func understood(w http.ResponseWriter, r *http.Request, need bodyNeed, body any) (m Meta, ok bool) {
	m = signed(r)
	var p *api.Problem
	if m.IfMatch, p = ifMatch(r.Header); p == nil {
		p = decode(w, r, need, body)
	}
	if p != nil {
		answerProblem(w, p)
		return m, false
	}
	told(r, body)
	return m, true
}

// postReload has no revision of its own to match: a reload may change every
// upstream, or none.
func (s *server) postReload(w http.ResponseWriter, r *http.Request) {
	revision, p := ifMatch(r.Header)
	if p == nil {
		p = decode(w, r, bodyOptional, &struct{}{})
	}
	switch {
	case p != nil:
		answerProblem(w, p)
		return
	case revision != 0:
		refuse(w, http.StatusPreconditionFailed, "If-Match: a reload has no revision to match")
		return
	}
	result, err := s.backend.Reload(r.Context())
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	if result.Changed == nil {
		result.Changed = []string{}
	}
	answer(w, result)
}
