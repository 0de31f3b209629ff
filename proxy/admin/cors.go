package admin

import (
	"net/http"
	"slices"
	"strings"
)

// The headers by which pages of other origins may ask for flags (the Fetch standard,
// §3.2). What else such a page sends is for the rules; Authorization has to be named.
const (
	sharedMethods = "POST, GET"
	sharedHeaders = "Content-Type, Authorization, X-API-Key, If-None-Match, Last-Event-ID, *"
	sharedAnswer  = "ETag, Retry-After"
	sharedFor     = "3600" // seconds that a browser need not ask again
)

// anyOrigin is that of every page.
const anyOrigin = "*"

// shared reports whether a request is for flags and of a page that may ask for them though
// it is not this server's, and lets it read the answer. Such a page says no cookies.
func (s *server) shared(w http.ResponseWriter, r *http.Request) bool {
	if s.origins == nil || !strings.HasPrefix(r.URL.Path, ofrepPath) {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origins := r.Header.Values("Origin")
	if len(origins) != 1 {
		return false
	}
	allowed := s.origins()
	switch {
	case slices.Contains(allowed, anyOrigin):
		h.Set("Access-Control-Allow-Origin", anyOrigin)
	case slices.Contains(allowed, origins[0]):
		h.Set("Access-Control-Allow-Origin", origins[0])
	default:
		return false
	}
	h.Set("Access-Control-Expose-Headers", sharedAnswer)
	return true
}

// preflight answers a browser that asks whether a page may ask. It says no token.
func preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", sharedMethods)
	h.Set("Access-Control-Allow-Headers", sharedHeaders)
	h.Set("Access-Control-Max-Age", sharedFor)
	w.WriteHeader(http.StatusNoContent)
	return true
}
