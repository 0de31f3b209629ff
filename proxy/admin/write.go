package admin

import (
	"fmt"
	"math"
	"net/http"

	"weir/proxy/admin/api"
)

func (s *server) putSplit(w http.ResponseWriter, r *http.Request) {
	var q api.SplitRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) error {
		if len(q.Weights) == 0 {
			return &Refusal{Invalid, `weights: none given: want a weight for each version, such as {"v1": 90, "v2": 10}`}
		}
		u, ok := s.backend.Upstream(upstream)
		if !ok {
			return noUpstream(upstream)
		}
		if err := completeWeights(q.Weights, u.Stable); err != nil {
			return err
		}
		if err := m.sign(q.Author, q.Reason); err != nil {
			return err
		}
		return s.backend.SetSplit(r.Context(), upstream, q.Weights, m)
	})
}

// completeWeights gives stable, when it is left out, what the others leave of
// 100, as in the file: {"v2": 10} must not mean everything for v2.
func completeWeights(weights map[string]float64, stable string) error {
	if _, given := weights[stable]; given || stable == "" {
		return nil
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	rest := math.Round((100-sum)*1e9) / 1e9 // without what binary fractions add
	if rest < 0 {
		return &Refusal{Invalid, fmt.Sprintf("weights: %s (stable) is left out and gets 100 minus the others, which is %v: want the others to sum to 100 or less, or its weight given", stable, rest)}
	}
	weights[stable] = rest
	return nil
}

func (s *server) postRollout(w http.ResponseWriter, r *http.Request) {
	var q api.RolloutRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) error {
		if q.To == "" {
			return &Refusal{Invalid, "to: none given: want the version to roll out"}
		}
		if err := m.sign(q.Author, q.Reason); err != nil {
			return err
		}
		return s.backend.StartRollout(r.Context(), upstream, q, m)
	})
}

func (s *server) postVerb(verb api.Verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q api.VerbRequest
		s.write(w, r, bodyOptional, &q, func(upstream string, m Meta) error {
			if q.Full && verb != api.Promote {
				return &Refusal{Invalid, "full: true: only promote can be full"}
			}
			if err := m.sign(q.Author, q.Reason); err != nil {
				return err
			}
			return s.backend.Command(r.Context(), upstream, verb, q.Full, m)
		})
	}
}

func (s *server) postUndo(w http.ResponseWriter, r *http.Request) {
	var q api.UndoRequest
	s.write(w, r, bodyOptional, &q, func(upstream string, m Meta) error {
		var to uint64
		if q.ToRevision != nil {
			if to = *q.ToRevision; to == 0 {
				return &Refusal{Invalid, "to_revision: 0: want 1 or more, or no to_revision for the default undo"}
			}
		}
		if err := m.sign(q.Author, q.Reason); err != nil {
			return err
		}
		return s.backend.Undo(r.Context(), upstream, to, m)
	})
}

func (s *server) patchEndpoint(w http.ResponseWriter, r *http.Request) {
	var q api.EndpointRequest
	s.write(w, r, bodyRequired, &q, func(upstream string, m Meta) error {
		if q.State == nil && q.Weight == nil {
			return &Refusal{Invalid, "nothing to change: want state, weight or both"}
		}
		if q.State != nil {
			switch *q.State {
			case api.StateUp, api.StateDrain, api.StateDown:
			default:
				return &Refusal{Invalid, "state: " + quote(*q.State) + ": want up, drain or down"}
			}
		}
		if err := m.sign(q.Author, q.Reason); err != nil {
			return err
		}
		return s.backend.SetEndpoint(r.Context(), upstream, r.PathValue("address"), q, m)
	})
}

// write reads what every write to an upstream has, lets do act on it, and
// answers with the upstream as it is then.
func (s *server) write(w http.ResponseWriter, r *http.Request, need bodyNeed, body any, do func(upstream string, m Meta) error) {
	var m Meta
	var p *api.Problem
	if m.IfMatch, p = ifMatch(r.Header); p == nil {
		p = decode(w, r, need, body)
	}
	if p != nil {
		answerProblem(w, p)
		return
	}
	upstream := r.PathValue("upstream")
	if err := do(upstream, m); err != nil {
		s.refuseErr(w, r, err)
		return
	}
	s.answerUpstream(w, r, upstream)
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
