package admin

import (
	"context"
	"net/http"

	"weir/proxy/admin/api"
)

// FlagBackend is what the API acts on for flags. As for Backend, writes return when the
// change is published, with the flag as that very change left it.
type FlagBackend interface {
	// Flags are sorted by key.
	Flags() []api.Flag
	Flag(key string) (api.Flag, error)
	// FlagHistory is newest first.
	FlagHistory(key string) ([]api.FlagRevision, error)
	// EvaluateFlag says what somebody with these attributes gets, as JSON decodes them.
	// With explain it says what that goes back to.
	EvaluateFlag(key string, attributes map[string]any, explain bool) (api.Evaluation, error)

	// SetFlag ignores Reason and Author of r: they are in m.
	SetFlag(ctx context.Context, key string, r api.FlagRequest, m Meta) (api.Flag, error)
	// UndoFlag goes to that revision; 0 is the newest one with something else set.
	UndoFlag(ctx context.Context, key string, toRevision uint64, m Meta) (api.Flag, error)
	// FlagRollout is the rollout that runs or the last that did; NotFound when there never
	// was one.
	FlagRollout(key string) (api.Rollout, error)
	// FlagPlan is what the running rollout, or one that would start now, is to be expected
	// to do; to may be empty where the configuration names the variant.
	FlagPlan(key, to string) (api.Plan, error)
	// FlagGates are as Gates are.
	FlagGates(key string) ([]api.Gate, error)
	// ApproveFlag answers an approval that is asked now.
	ApproveFlag(ctx context.Context, key, gate string, yes bool, m Meta) (api.Flag, error)
	// StartFlagRollout ignores Reason and Author of r: they are in m.
	StartFlagRollout(ctx context.Context, key string, r api.FlagRolloutRequest, m Meta) (api.Flag, error)
	// CommandFlag gives a verb to the running rollout; full only with api.Promote.
	CommandFlag(ctx context.Context, key string, verb api.Verb, full bool, m Meta) (api.Flag, error)
}

// flagRoutes are the paths of flags, with their methods.
func (s *server) flagRoutes(r routes) {
	const flag = "/v1/flags/{flag}"
	r["/v1/flags"] = route{readers, on{"GET": s.getFlags}}
	r[flag] = route{readers, on{"GET": s.getFlag, "PATCH": s.patchFlag}}
	r[flag+"/history"] = route{readers, on{"GET": s.getFlagHistory}}
	r[flag+"/undo"] = route{readers, on{"POST": s.postFlagUndo}}
	s.rampRoutes(r)
	r[flag+"/evaluate"] = route{evaluators, on{"POST": s.postEvaluate}}
}

func (s *server) getFlags(w http.ResponseWriter, _ *http.Request) {
	list := s.backend.Flags()
	if list == nil {
		list = []api.Flag{}
	}
	answer(w, api.Flags{Flags: list})
}

func (s *server) getFlag(w http.ResponseWriter, r *http.Request) {
	f, err := s.backend.Flag(r.PathValue("flag"))
	s.answerFlag(w, r, f, err)
}

func (s *server) getFlagHistory(w http.ResponseWriter, r *http.Request) {
	page, fault := pageOf(r)
	if fault != nil {
		answerProblem(w, fault)
		return
	}
	revisions, err := s.backend.FlagHistory(r.PathValue("flag"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	var h api.FlagHistory
	if h.Revisions, h.Next = cut(revisions, page, func(v *api.FlagRevision) uint64 { return v.Revision }); h.Revisions == nil {
		h.Revisions = []api.FlagRevision{}
	}
	answer(w, h)
}

// postEvaluate changes nothing: it is a POST because attributes are no query.
func (s *server) postEvaluate(w http.ResponseWriter, r *http.Request) {
	var q api.EvaluateRequest
	if p := decode(w, r, bodyOptional, &q); p != nil {
		answerProblem(w, p)
		return
	}
	if q.Explain && callerOf(r).Role == api.RoleEvaluate {
		refuse(w, http.StatusForbidden, "explain: true: want role view or operate: it shows rules, and who is in segments")
		return
	}
	e, err := s.backend.EvaluateFlag(r.PathValue("flag"), q.Context, q.Explain)
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, e)
}

func (s *server) patchFlag(w http.ResponseWriter, r *http.Request) {
	var q api.FlagRequest
	s.writeFlag(w, r, bodyRequired, &q, func(key string, m Meta) (f api.Flag, err error) {
		if q.Enabled == nil && !q.Variant.Given {
			return f, &Refusal{Invalid, "nothing to set: want enabled, variant or both"}
		}
		if err = m.sign(q.Author, q.Reason); err != nil {
			return f, err
		}
		return s.backend.SetFlag(r.Context(), key, q, m)
	})
}

func (s *server) postFlagUndo(w http.ResponseWriter, r *http.Request) {
	var q api.UndoRequest
	s.writeFlag(w, r, bodyOptional, &q, func(key string, m Meta) (f api.Flag, err error) {
		var to uint64
		switch {
		case q.Override:
			return f, &Refusal{Invalid, "override: nothing guards a flag: want none"}
		case q.ToRevision != nil && *q.ToRevision == 0:
			return f, &Refusal{Invalid, "to_revision: 0: want a revision from 1 on, or none for the one before"}
		case q.ToRevision != nil:
			to = *q.ToRevision
		}
		if err = m.sign(q.Author, q.Reason); err != nil {
			return f, err
		}
		return s.backend.UndoFlag(r.Context(), key, to, m)
	})
}

// writeFlag is write, of a flag.
func (s *server) writeFlag(w http.ResponseWriter, r *http.Request, need bodyNeed, body any, do func(key string, m Meta) (api.Flag, error)) {
	if m, ok := understood(w, r, need, body); ok {
		f, err := do(r.PathValue("flag"), m)
		s.answerFlag(w, r, f, err)
	}
}

func (s *server) answerFlag(w http.ResponseWriter, r *http.Request, f api.Flag, err error) {
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	if f.Revision > 0 { // else there is nothing that If-Match could name
		w.Header().Set("ETag", etag(f.Revision))
	}
	answer(w, f)
}
