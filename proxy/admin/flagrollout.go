package admin

import (
	"net/http"

	"weir/proxy/admin/api"
)

// rampRoutes are the paths of rollouts of flags, with their methods.
func (s *server) rampRoutes(r routes) {
	const rollout = "/v1/flags/{flag}/rollout"
	r[rollout] = route{readers, on{"GET": s.getFlagRollout, "POST": s.postFlagRollout}}
	r[rollout+"/plan"] = route{readers, on{"GET": s.getFlagPlan}}
	r[rollout+"/gates"] = route{readers, on{"GET": s.getFlagGates}}
	r[rollout+"/gates/{gate}"] = route{readers, on{"POST": s.postFlagGate}}
	for _, verb := range verbs {
		r[rollout+"/"+string(verb)] = route{readers, on{"POST": s.postFlagVerb(verb)}}
	}
}

func (s *server) getFlagRollout(w http.ResponseWriter, r *http.Request) {
	a, err := s.backend.FlagRollout(r.PathValue("flag"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, a)
}

func (s *server) getFlagPlan(w http.ResponseWriter, r *http.Request) {
	p, err := s.backend.FlagPlan(r.PathValue("flag"), r.URL.Query().Get("to"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, p)
}

func (s *server) getFlagGates(w http.ResponseWriter, r *http.Request) {
	gates, err := s.backend.FlagGates(r.PathValue("flag"))
	s.answerGates(w, r, gates, err)
}

func (s *server) postFlagGate(w http.ResponseWriter, r *http.Request) {
	var q api.GateRequest
	s.writeFlag(w, r, bodyRequired, &q, func(key string, m Meta) (f api.Flag, err error) {
		if err = m.answer(&q); err != nil {
			return f, err
		}
		return s.backend.ApproveFlag(r.Context(), key, r.PathValue("gate"), *q.Approve, m)
	})
}

func (s *server) postFlagRollout(w http.ResponseWriter, r *http.Request) {
	var q api.FlagRolloutRequest
	s.writeFlag(w, r, bodyOptional, &q, func(key string, m Meta) (f api.Flag, err error) {
		if err = m.sign(q.Author, q.Reason); err != nil {
			return f, err
		}
		return s.backend.StartFlagRollout(r.Context(), key, q, m)
	})
}

func (s *server) postFlagVerb(verb api.Verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q api.VerbRequest
		s.writeFlag(w, r, bodyOptional, &q, func(key string, m Meta) (f api.Flag, err error) {
			if q.Force {
				return f, &Refusal{Invalid, "force: true: nothing keeps a flag from being aborted: want it without"}
			}
			if err = m.command(verb, &q); err != nil {
				return f, err
			}
			return s.backend.CommandFlag(r.Context(), key, verb, q.Full, m)
		})
	}
}
