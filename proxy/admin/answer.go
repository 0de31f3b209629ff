package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"weir/proxy/admin/api"
)

// answer sends v with 200. It is encoded before a byte is sent: a value that
// cannot be encoded (a NaN, say) must not end as half an answer.
func answer(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: answer cannot be encoded: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '\n')) // it is the client's business if it left
}

func answerText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text))
}

func refuse(w http.ResponseWriter, status int, detail string) {
	answerProblem(w, problem(status, detail))
}

func problem(status int, detail string) *api.Problem {
	return &api.Problem{Title: http.StatusText(status), Detail: detail, Status: status}
}

func answerProblem(w http.ResponseWriter, p *api.Problem) {
	b, err := json.Marshal(p)
	if err != nil {
		panic("BUG: problem cannot be encoded: " + err.Error())
	}
	w.Header().Set("Content-Type", api.ProblemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(b, '\n'))
}

// refuseErr answers an error of the backend. What is not a Refusal is a fault of
// ours: the log has it, the caller only learns that it is so.
func (s *server) refuseErr(w http.ResponseWriter, r *http.Request, err error) {
	if ref, ok := errors.AsType[*Refusal](err); ok {
		refuse(w, ref.Kind.status(), err.Error())
		return
	}
	if r.Context().Err() != nil {
		refuse(w, http.StatusServiceUnavailable, "the request ended before its answer was known")
		return
	}
	s.log.Error().Err(err).Str("method", r.Method).Str("path", r.URL.Path).Msg("admin request")
	refuse(w, http.StatusInternalServerError, "internal error, see the log")
}

// status is the only place that knows which refusal has which status.
func (k Kind) status() int {
	switch k {
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Stale:
		return http.StatusPreconditionFailed
	case Invalid:
		return http.StatusUnprocessableEntity
	case Gone:
		return http.StatusGone
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	panic("BUG: refusal of unknown kind " + strconv.Itoa(int(k)))
}

// quote makes what a caller sent fit into one line of a message.
func quote(s string) string {
	const most = 100 // bytes; enough to recognise it
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
