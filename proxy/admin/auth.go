package admin

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"strconv"
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

// allow asks who wants what a route serves, before next does anything.
func (s *server) allow(to audience, next http.HandlerFunc) http.HandlerFunc {
	if to == anybody {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		addr, from := remote(r)
		if wait := s.blocked(addr, r); wait > 0 {
			pause := strconv.Itoa(int(math.Ceil(wait.Seconds())))
			w.Header().Set("Retry-After", pause)
			refuse(w, http.StatusTooManyRequests, "too many wrong tokens from this address: want a pause of "+pause+" s")
			return
		}
		who, wrong := s.identify(r)
		if wrong != "" {
			s.unauthorized(w, r, addr, wrong)
			return
		}
		e := entryOf(r)
		e.Author, e.Role, e.By = who.Name, string(who.Role), who.Shown()
		if detail := to.refuses(who.Role, r.Method); detail != "" {
			w.Header().Set("WWW-Authenticate", challenge+`, error="insufficient_scope"`)
			refuse(w, http.StatusForbidden, detail)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{who, from})))
	}
}

// isRead reports whether a method changes nothing, whatever the path.
func isRead(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// challenge is what a request without a good token is told.
const challenge = `Bearer realm="weir"`

// What is wrong with a request that says no good token. Only wrongToken is a try: nobody
// guesses a ticket.
const (
	noCertificate = "no client certificate: want one of an authority that is believed here"
	noToken       = "Authorization: missing: want a token, as Authorization: Bearer TOKEN"
	notBearer     = "Authorization: want one, of the form Bearer TOKEN"
	wrongToken    = "Authorization: the token is not known here"
	wrongTicket   = "ticket: not, or no longer, that of a token: want the address that an answer with all flags has now"
)

// identify says who asks, or what is wrong. Without tokens it is whoever can reach the
// listener.
func (s *server) identify(r *http.Request) (who access.Who, wrong string) {
	if !s.restricted() {
		return access.Who{Role: api.RoleOperate}, ""
	}
	said := said(r)
	if len(said) == 0 || s.tokens == nil {
		if who, wrong, shown := s.certified(r); shown {
			return who, wrong
		}
	}
	if s.tokens == nil {
		return who, noCertificate
	}
	if len(said) == 0 {
		return s.ticketed(r)
	}
	token, ok := bearerOf(said)
	if !ok {
		return who, notBearer
	}
	if who, ok = s.tokens.Find(token); !ok {
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
	if wait > 0 && len(said(r)) == 0 {
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

// others are closed when a token, and when a certificate, may have been taken out of
// force; nil: it cannot be.
func (s *server) others() (tokens, certificates <-chan struct{}) {
	if s.tokens != nil {
		tokens = s.tokens.Changed()
	}
	if s.certificates != nil {
		certificates = s.certificates.Changed()
	}
	return tokens, certificates
}
