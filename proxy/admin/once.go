package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"weir/proxy/admin/api"
)

// longestKey is how long an Idempotency-Key may be, in bytes.
const longestKey = 255

// once serves a write with an Idempotency-Key one time only: whoever repeats it, because
// its answer was lost on the way, gets that answer. An answer of 5xx is not kept, because
// the repetition is to help there.
func (s *server) once(to audience, next http.HandlerFunc) http.HandlerFunc {
	if to == anybody || to == evaluators { // nobody may fill the memory whom nobody knows; and who asks changes nothing
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Values(api.IdempotencyKey)
		if isRead(r.Method) || len(given) == 0 {
			next(w, r)
			return
		}
		word, fault := idempotencyKey(given)
		if fault != "" {
			refuse(w, http.StatusBadRequest, fault)
			return
		}
		body, p := readBody(w, r)
		if p != nil {
			answerProblem(w, p)
			return
		}
		key := replayKey{who: callerOf(r).Who, key: word}
		key.who.Line = 0 // his token may get another one until he comes again
		switch found, answer := s.replays.begin(key, fingerprintOf(r, body), time.Now()); found {
		case again:
			w.Header().Set(api.IdempotencyReplayed, "true")
			answer.send(w)
		case running:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusConflict, api.IdempotencyKey+": the request with it is under way: want a pause, then the same again")
		case another:
			refuse(w, http.StatusUnprocessableEntity, api.IdempotencyKey+": it was that of another request: want a new one, or the same request")
		case fresh:
			s.serveOnce(w, r, body, key, next)
		}
	}
}

// serveOnce has next serve a request to its end even if the caller leaves: otherwise
// nobody would know whether it took place, which is what he comes back for.
func (s *server) serveOnce(w http.ResponseWriter, r *http.Request, body []byte, key replayKey, next http.HandlerFunc) {
	var keep *kept
	defer func() { s.replays.end(key, keep, time.Now()) }() // also when next panics
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), longestWrite)
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := &recorder{kept: kept{status: http.StatusOK, header: http.Header{}}}
	next(rec, r)
	if rec.status < 500 {
		keep = &rec.kept
	}
	rec.send(w)
}

// longestWrite bounds a write that nobody waits for any more.
const longestWrite = 60 * time.Second

// idempotencyKey takes the key as it is, or as a string of RFC 9651 in quotes, which the
// draft of the header has.
func idempotencyKey(given []string) (key, fault string) {
	key = given[0]
	if inner, ok := strings.CutPrefix(key, `"`); ok {
		key = strings.TrimSuffix(inner, `"`)
	}
	unfit := func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' }
	if len(given) > 1 || key == "" || len(key) > longestKey || strings.ContainsFunc(key, unfit) {
		return "", api.IdempotencyKey + ": want one, of 1 to 255 printable ASCII characters without spaces, quotes and backslashes"
	}
	return key, ""
}

// fingerprintOf is of all that decides what a request does.
func fingerprintOf(r *http.Request, body []byte) (p fingerprint) {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), strings.Join(r.Header.Values("If-Match"), ","), r.Header.Get("Content-Type"), string(body)} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash takes everything
		_, _ = io.WriteString(h, part)
	}
	h.Sum(p[:0])
	return p
}

// recorder is a http.ResponseWriter that keeps the answer.
type recorder struct {
	kept
	begun bool // the status is settled
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if !r.begun {
		r.status, r.begun = status, true
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.begun = true
	r.body = append(r.body, b...)
	return len(b), nil
}

// send sends an answer. It is not written to any more.
func (k *kept) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), k.header)
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body) // it is the client's business if it left
}
