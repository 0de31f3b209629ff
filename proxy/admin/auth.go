package admin

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"weir/proxy/admin/access"
	"weir/proxy/admin/api"
)

// caller is who asks, and from where.
type caller struct {
	access.Who
	from string // an IP address, or fromSocket
}

// fromSocket is where requests come from that came by no address.
const fromSocket = "unix"

type callerKey struct{}

// callerOf is who asks; of a public path nobody in particular.
func callerOf(r *http.Request) caller {
	if c, ok := r.Context().Value(callerKey{}).(caller); ok {
		return c
	}
	_, from := remote(r)
	return caller{from: from}
}

// isPublic reports whether anybody may see what a pattern serves: it has no data in
// it, or the path itself is the permission.
func isPublic(pattern string) bool {
	switch pattern {
	case "/healthz", "/readyz", "/openapi.yaml", "/{$}":
		return true
	}
	return strings.HasPrefix(pattern, "/ui/") || strings.HasPrefix(pattern, approvePath)
}

// allow asks who wants what a pattern serves, before next does anything.
func (s *server) allow(pattern string, next http.HandlerFunc) http.HandlerFunc {
	if isPublic(pattern) {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		addr, from := remote(r)
		if wait := s.blocked(addr, r); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			refuse(w, http.StatusTooManyRequests, "too many wrong tokens from this address: want a pause")
			return
		}
		who, wrong := s.identify(r)
		if wrong != "" {
			s.unauthorized(w, r, addr, wrong)
			return
		}
		e := entryOf(r)
		e.Author, e.Role = who.Name, string(who.Role)
		if detail := forbidden(who.Role, pattern, r.Method); detail != "" {
			w.Header().Set("WWW-Authenticate", challenge+`, error="insufficient_scope"`)
			refuse(w, http.StatusForbidden, detail)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{who, from})))
	}
}

// forbidden says what a role may not do; "": it may.
func forbidden(role api.Role, pattern, method string) string {
	evaluates := strings.HasPrefix(pattern, "/ofrep/")
	inside := strings.HasPrefix(pattern, profilePath)
	switch role {
	case api.RoleOperate:
		return ""
	case api.RoleView:
		if evaluates || isRead(method) && !inside {
			return ""
		}
		return "role view: want role operate"
	}
	if evaluates {
		return ""
	}
	return "role evaluate: want role view or operate, this one evaluates flags only"
}

// isRead reports whether a method changes nothing, whatever the path.
func isRead(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// challenge is what a request without a good token is told.
const challenge = `Bearer realm="weir"`

// What is wrong with a request that says no good token. Only the last of them is a try.
const (
	noCertificate = "no client certificate: want one of an authority that is believed here"
	noToken       = "Authorization: missing: want a token, as Authorization: Bearer TOKEN"
	notBearer     = "Authorization: want one, of the form Bearer TOKEN"
	wrongToken    = "Authorization: the token is not known here"
)

// identify says who asks, or what is wrong. Without tokens it is whoever can reach the
// listener.
func (s *server) identify(r *http.Request) (who access.Who, wrong string) {
	if !s.restricted() {
		return access.Who{Role: api.RoleOperate}, ""
	}
	said := r.Header.Values("Authorization")
	if len(said) == 0 || s.tokens == nil {
		if who, wrong, shown := s.certified(r); shown {
			return who, wrong
		}
	}
	if s.tokens == nil {
		return who, noCertificate
	}
	if len(said) == 0 {
		return who, noToken
	}
	scheme, token, ok := strings.Cut(said[0], " ")
	if token = strings.TrimLeft(token, " "); !ok || token == "" || !strings.EqualFold(scheme, "Bearer") || len(said) > 1 {
		return who, notBearer
	}
	who, ok = s.tokens.Find(token)
	if !ok {
		return who, wrongToken
	}
	return who, ""
}

func (s *server) unauthorized(w http.ResponseWriter, r *http.Request, addr netip.Addr, wrong string) {
	said := challenge
	if wrong == wrongToken {
		said += `, error="invalid_token"`
		if addr.IsValid() {
			if first, blocked := s.limiter.Wrong(addr, time.Now()); first || blocked {
				s.log.Warn().Str("address", addr.String()).Str("method", r.Method).Str("path", r.URL.Path).Bool("blocked", blocked).Msg("wrong token")
			}
		}
	}
	w.Header().Set("WWW-Authenticate", said)
	refuse(w, http.StatusUnauthorized, wrong)
}

// restricted reports whether whoever asks must say who he is.
func (s *server) restricted() bool { return s.tokens != nil || s.certificates != nil }

// blocked is how long an address must wait. A Unix socket is reached by its owner
// alone, and is always a way in; nobody guesses a certificate.
func (s *server) blocked(addr netip.Addr, r *http.Request) time.Duration {
	if s.tokens == nil || !addr.IsValid() {
		return 0
	}
	wait := s.limiter.Blocked(addr, time.Now())
	if wait > 0 && r.Header.Get("Authorization") == "" {
		if _, wrong, shown := s.certified(r); shown && wrong == "" {
			return 0
		}
	}
	return wait
}

// remote is the address that a request came from: of its connection, whatever it says
// itself. It is not valid on a Unix socket.
func remote(r *http.Request) (addr netip.Addr, from string) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, fromSocket
	}
	addr = ap.Addr().Unmap()
	return addr, addr.String()
}

// others is closed when r's token may have been taken out of force; nil: it cannot.
func (s *server) others() <-chan struct{} {
	if s.tokens == nil {
		return nil
	}
	return s.tokens.Changed()
}
