package admin

import (
	"net/http"
	"strconv"

	"weir/proxy/admin/api"
)

func (s *server) getUpstreams(w http.ResponseWriter, _ *http.Request) {
	list := s.backend.Upstreams()
	if list == nil {
		list = []api.Upstream{}
	}
	answer(w, api.Upstreams{Upstreams: list})
}

func (s *server) getUpstream(w http.ResponseWriter, r *http.Request) {
	u, err := s.backend.Upstream(r.PathValue("upstream"))
	s.answerUpstream(w, r, u, err)
}

// answerUpstream is also how every write to an upstream answers: with the object,
// and its revision as the ETag.
func (s *server) answerUpstream(w http.ResponseWriter, r *http.Request, u api.Upstream, err error) {
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	w.Header().Set("ETag", etag(u.Revision))
	answer(w, u)
}

func (s *server) getRollout(w http.ResponseWriter, r *http.Request) {
	ro, err := s.backend.Rollout(r.PathValue("upstream"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, ro)
}

func (s *server) getGates(w http.ResponseWriter, r *http.Request) {
	gates, err := s.backend.Gates(r.PathValue("upstream"))
	s.answerGates(w, r, gates, err)
}

// answerGates shows gates, without what only those may have who may answer.
func (s *server) answerGates(w http.ResponseWriter, r *http.Request, gates []api.Gate, err error) {
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	if gates == nil {
		gates = []api.Gate{}
	}
	if callerOf(r).Role != api.RoleOperate {
		for i := range gates { // whoever has a link can answer by it
			gates[i].Link, gates[i].Expires = "", nil
		}
	}
	answer(w, api.Gates{Gates: gates})
}

func (s *server) getPlan(w http.ResponseWriter, r *http.Request) {
	p, err := s.backend.Plan(r.PathValue("upstream"), r.URL.Query().Get("to"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, p)
}

func (s *server) getHistory(w http.ResponseWriter, r *http.Request) {
	page, fault := pageOf(r)
	if fault != nil {
		answerProblem(w, fault)
		return
	}
	revisions, err := s.backend.History(r.PathValue("upstream"))
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	var h api.History
	if h.Revisions, h.Next = cut(revisions, page, func(v *api.Revision) uint64 { return v.Revision }); h.Revisions == nil {
		h.Revisions = []api.Revision{}
	}
	answer(w, h)
}

// getSeries answers all that is kept without since: clients ask for that once, and
// then for what is new.
func (s *server) getSeries(w http.ResponseWriter, r *http.Request) {
	var since int64
	if given := r.URL.Query().Get("since"); given != "" {
		var err error
		if since, err = strconv.ParseInt(given, 10, 64); err != nil {
			refuse(w, http.StatusUnprocessableEntity, "since: "+quote(given)+": want milliseconds since 1970")
			return
		}
	}
	series, err := s.backend.Series(r.PathValue("upstream"), since)
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, series)
}

func (s *server) getConfig(w http.ResponseWriter, r *http.Request) {
	c, err := s.backend.Config()
	if err != nil {
		s.refuseErr(w, r, err)
		return
	}
	answer(w, c)
}

func (s *server) getStatus(w http.ResponseWriter, r *http.Request) {
	status, c := s.backend.Status(), callerOf(r)
	status.You = api.You{Author: c.Name, Role: c.Role}
	answer(w, status)
}

// getHealthz says that the process answers, nothing about what it serves.
func (s *server) getHealthz(w http.ResponseWriter, _ *http.Request) {
	answerText(w, "ok\n")
}

func (s *server) getReadyz(w http.ResponseWriter, _ *http.Request) {
	if !s.backend.Status().Ready {
		refuse(w, http.StatusServiceUnavailable, "not ready: starting or stopping")
		return
	}
	answerText(w, "ready\n")
}
