package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/proxy/admin/api"
	"weir/proxy/admin/audit"
)

type entryKey struct{}

// entryOf is what is to be kept of the change that r asks for; handlers write into it.
// Of a request that asks for none it is nobody's.
func entryOf(r *http.Request) *api.AuditEntry {
	if e, ok := r.Context().Value(entryKey{}).(*api.AuditEntry); ok {
		return e
	}
	return &api.AuditEntry{}
}

// recorded keeps who asks a pattern's methods for changes, and what they were answered.
// Whoever has not said who he is changes nothing and is not kept: he could fill the log.
func (s *server) recorded(pattern string, rt route, next http.HandlerFunc) http.HandlerFunc {
	if s.audit == nil || rt.to == evaluators {
		return next
	}
	action := actionOf(pattern)
	return func(w http.ResponseWriter, r *http.Request) {
		if isRead(r.Method) || rt.on[r.Method] == nil {
			next(w, r)
			return
		}
		_, from := remote(r)
		e := &api.AuditEntry{From: from, Action: action, Upstream: plain(r.PathValue("upstream")), Group: plain(r.PathValue("group")), Flag: plain(r.PathValue("flag"))}
		a := &answered{ResponseWriter: w, status: http.StatusOK}
		ended := false
		defer func() { // also when next panics: it may have done what was asked for
			if e.Role == "" || w.Header().Get(api.IdempotencyReplayed) != "" {
				return
			}
			if ended {
				a.into(e)
			} else {
				e.Result, e.Detail = api.ResultFailed, "a fault of Weir's, see the log: whether it was done is unknown"
			}
			s.audit.Keep(*e)
		}()
		next(a, r.WithContext(context.WithValue(r.Context(), entryKey{}, e)))
		ended = true
	}
}

// actionOf names what a pattern changes, by its last word.
func actionOf(pattern string) string {
	words := slices.DeleteFunc(strings.Split(pattern, "/"), func(s string) bool { return strings.HasPrefix(s, "{") })
	switch last := words[len(words)-1]; last {
	case "rollout":
		return "start"
	case "gates", "approve":
		return "gate"
	case "endpoints":
		return "endpoint"
	case "flags":
		return "flag"
	default:
		return last
	}
}

// answered remembers what a request for a change is answered.
type answered struct {
	http.ResponseWriter
	status int
	detail string // of a refusal
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(b []byte) (int, error) {
	var p api.Problem
	if a.status >= 400 && json.Unmarshal(b, &p) == nil { // a problem is written by one call
		a.detail = p.Detail
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets a http.ResponseController reach the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// into writes the answer into an entry.
func (a *answered) into(e *api.AuditEntry) {
	e.Status, e.Result, e.Detail = a.status, api.ResultOK, a.detail
	switch {
	case a.status >= 500:
		e.Result = api.ResultFailed
	case a.status >= 400:
		e.Result = api.ResultRefused
	default:
		e.Revision, _ = strconv.ParseUint(strings.Trim(a.Header().Get("ETag"), `"`), 10, 64) // 0: it says none
	}
}

// told writes what a request's body says into the entry of the change. Notes that are
// refused are not kept.
func told(r *http.Request, body any) {
	e := entryOf(r)
	var author, reason string
	switch q := body.(type) {
	case *api.SplitRequest:
		e.Target, author, reason = weights(q.Weights), q.Author, q.Reason
	case *api.RolloutRequest:
		e.Target, author, reason = q.To, q.Author, q.Reason
	case *api.VerbRequest:
		author, reason = q.Author, q.Reason
		switch {
		case q.Full:
			e.Target = "full"
		case q.Force:
			e.Target = "force"
		}
	case *api.GateRequest:
		e.Target, author, reason = r.PathValue("gate"), q.Author, q.Reason
		if q.Approve != nil {
			e.Target += " " + yesNo(*q.Approve, "approve", "reject")
		}
	case *api.UndoRequest:
		author, reason = q.Author, q.Reason
		if q.ToRevision != nil {
			e.Target = "revision " + strconv.FormatUint(*q.ToRevision, 10)
		}
		if q.Override {
			e.Target = strings.TrimSpace(e.Target + " override")
		}
	case *api.FlagRequest:
		author, reason = q.Author, q.Reason
		if q.Enabled != nil {
			e.Target = yesNo(*q.Enabled, "enabled", "disabled")
		}
		if q.Variant.Given {
			e.Target = strings.TrimSpace(e.Target + " " + cmp.Or(q.Variant.Name, "nobody forced"))
		}
	case *api.FlagRolloutRequest:
		e.Target, author, reason = q.To, q.Author, q.Reason
	case *api.EndpointRequest:
		e.Target, author, reason = r.PathValue("address"), q.Author, q.Reason
		if q.State != nil {
			e.Target += " " + *q.State
		}
		if q.Weight != nil {
			e.Target += fmt.Sprintf(" weight %d", *q.Weight)
		}
	case *api.ReadOnlyRequest:
		author, reason = q.Author, q.Reason
		if q.On != nil {
			e.Target = yesNo(*q.On, "on", "off")
		}
	}
	e.Target = plain(e.Target)
	m := signed(r)
	if m.sign(author, reason) == nil {
		e.Author, e.Reason = m.Author, m.Reason
	}
}

// plain is what a caller says as it can be shown on a terminal.
func plain(s string) string {
	const most = 500 // bytes
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(s)
	}
	return s
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// weights are those of a split as the command line says them.
func weights(of map[string]float64) string {
	var parts []string
	for _, version := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, version+"="+strconv.FormatFloat(of[version], 'f', -1, 64))
	}
	return strings.Join(parts, " ")
}

// getAudit lists who has changed what.
func (s *server) getAudit(w http.ResponseWriter, r *http.Request) {
	part, p := pageOf(r)
	if p != nil {
		answerProblem(w, p)
		return
	}
	q := r.URL.Query()
	of := s.about(q.Get("upstream"))
	if of.Flag = q.Get("flag"); of.Flag != "" && of.Upstream != "" {
		refuse(w, http.StatusUnprocessableEntity, "both upstream and flag: want one of them")
		return
	}
	a := api.Audit{Entries: []api.AuditEntry{}}
	if s.audit != nil {
		list, next, err := s.audit.Page(part.before, of, part.limit)
		if err != nil {
			s.refuseErr(w, r, &Refusal{Unavailable, "the audit log cannot be read: " + err.Error()})
			return
		}
		a.Next, a.Entries = next, append(a.Entries, list...)
	}
	answer(w, a)
}

// about is what is an upstream's: what was done to it, and to the groups that it is in.
func (s *server) about(upstream string) audit.Of {
	of := audit.Of{Upstream: upstream}
	if upstream == "" {
		return of
	}
	for _, g := range s.backend.Groups() {
		if slices.ContainsFunc(g.Upstreams, func(u api.Upstream) bool { return u.Name == upstream }) {
			of.Groups = append(of.Groups, g.Name)
		}
	}
	return of
}
