package admin

import (
	"context"
	"net/http"

	"weir/proxy/admin/api"
)

// GroupBackend is what the API acts on for groups of upstreams. As for Backend, writes
// return when the change is published, with the group as that very change left it.
type GroupBackend interface {
	// Groups are in the order of the configuration file.
	Groups() []api.Group
	Group(name string) (api.Group, error)
	// GroupRollout is the group's that runs or the last that did; NotFound when the
	// members have none in common.
	GroupRollout(name string) (api.GroupRollout, error)

	// StartGroup ignores Reason and Author of r: they are in m.
	StartGroup(ctx context.Context, name string, r api.RolloutRequest, m Meta) (api.Group, error)
	// CommandGroup gives a verb to the running rollout; full only with api.Promote.
	CommandGroup(ctx context.Context, name string, verb api.Verb, full bool, m Meta) (api.Group, error)
	// UndoGroup is the default undo in all members, or in none.
	UndoGroup(ctx context.Context, name string, m Meta) (api.Group, error)
}

// groupRoutes are the paths of groups, with their methods.
func (s *server) groupRoutes(r routes) {
	const group = "/v1/groups/{group}"
	r["/v1/groups"] = route{readers, on{"GET": s.getGroups}}
	r[group] = route{readers, on{"GET": s.getGroup}}
	r[group+"/rollout"] = route{readers, on{"GET": s.getGroupRollout, "POST": s.postGroupRollout}}
	r[group+"/undo"] = route{readers, on{"POST": s.postGroupUndo}}
	for _, verb := range verbs {
		r[group+"/rollout/"+string(verb)] = route{readers, on{"POST": s.postGroupVerb(verb)}}
	}
}

func (s *server) getGroups(w http.ResponseWriter, _ *http.Request) {
	list := s.backend.Groups()
	if list == nil {
		list = []api.Group{}
	}
	answer(w, api.Groups{Groups: list})
}

func (s *server) getGroup(w http.ResponseWriter, r *http.Request) {
	g, err := s.backend.Group(r.PathValue("group"))
	s.answerGroup(w, r, g, err)
}

func (s *server) getGroupRollout(w http.ResponseWriter, r *http.Request) {
	ro, err := s.backend.GroupRollout(r.PathValue("group"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, ro)
}

func (s *server) postGroupRollout(w http.ResponseWriter, r *http.Request) {
	var q api.RolloutRequest
	s.writeGroup(w, r, bodyRequired, &q, func(group string, m Meta) (g api.Group, err error) {
		if err = m.sign(q.Author, q.Reason); err != nil {
			return g, err
		}
		return s.backend.StartGroup(r.Context(), group, q, m)
	})
}

func (s *server) postGroupVerb(verb api.Verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q api.VerbRequest
		s.writeGroup(w, r, bodyOptional, &q, func(group string, m Meta) (g api.Group, err error) {
			if err = m.command(verb, &q); err != nil {
				return g, err
			}
			return s.backend.CommandGroup(r.Context(), group, verb, q.Full, m)
		})
	}
}

func (s *server) postGroupUndo(w http.ResponseWriter, r *http.Request) {
	var q api.UndoRequest
	s.writeGroup(w, r, bodyOptional, &q, func(group string, m Meta) (g api.Group, err error) {
		if q.ToRevision != nil {
			return g, &Refusal{Invalid, "to_revision: a revision is one upstream's: want none, or an undo of each"}
		}
		if err = m.past(q.Author, q.Reason, q.Override); err != nil {
			return g, err
		}
		return s.backend.UndoGroup(r.Context(), group, m)
	})
}

// writeGroup is write, of a group. It has no revision of its own to match.
func (s *server) writeGroup(w http.ResponseWriter, r *http.Request, need bodyNeed, body any, do func(group string, m Meta) (api.Group, error)) {
	m, ok := understood(w, r, need, body)
	switch {
	case !ok:
		return
	case m.IfMatch != 0:
		refuse(w, http.StatusPreconditionFailed, "If-Match: a group has no revision to match")
		return
	}
	g, err := do(r.PathValue("group"), m)
	s.answerGroup(w, r, g, err)
}

func (s *server) answerGroup(w http.ResponseWriter, r *http.Request, g api.Group, err error) {
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, g)
}
