package proxy

import (
	"bytes"
	"slices"
	"sync/atomic"
	"time"

	"weir/proxy/flag"
	"weir/proxy/internal/jwt"
	"weir/proxy/internal/lookup"
)

type (
	// TokenKeys are the public keys of those who sign tokens.
	TokenKeys = jwt.Keys
	// TokenRules say which tokens are believed.
	TokenRules = jwt.Rules
)

// ParseTokenKeys reads a JWK set; the error says what is wrong, and what is wanted.
func ParseTokenKeys(data []byte) (*TokenKeys, error) { return jwt.ParseKeys(data) }

// Tokens finds the token of a request, and what it claims if it is believed. It remembers
// tokens, so it should outlive generations as long as its options are the same.
type Tokens struct {
	header, cookie string // in lower case; one of them
	claims         []string
	cache          *jwt.Cache[[]flag.Value]
	stats          *TokenStats
}

// TokensOptions describe Tokens.
type TokensOptions struct {
	Rules          TokenRules
	Header, Cookie string   // where a token stands: one of them is set
	Claims         []string // that attributes are made of
	Stats          *TokenStats
}

// TokenStats counts requests by what their token was, where a rule asked for it. It
// outlives Tokens. The zero value is ready.
type TokenStats struct {
	byFault [jwt.NumFaults]atomic.Uint64
	missing atomic.Uint64
}

// Totals are the counts by a word: valid, none, or what is wrong.
func (s *TokenStats) Totals() map[string]uint64 {
	out := map[string]uint64{"none": s.missing.Load()}
	for i := range s.byFault {
		out[jwt.Fault(i).String()] = s.byFault[i].Load()
	}
	return out
}

// NewTokens makes the options ready.
func NewTokens(o TokensOptions) *Tokens {
	t := &Tokens{header: o.Header, cookie: o.Cookie, claims: slices.Clone(o.Claims), stats: o.Stats}
	t.cache = jwt.NewCache(jwt.NewVerifier(o.Rules), t.values)
	return t
}

// values are the claims that are asked for, by their places.
func (t *Tokens) values(c jwt.Claims) []flag.Value {
	out := make([]flag.Value, len(t.claims))
	for i, name := range t.claims {
		if v, err := flag.ValueOf(c.Values[name]); err == nil { // else it is too deep for any rule
			out[i] = v
		}
	}
	return out
}

// of is what the request's token claims; nil: nothing is believed.
func (t *Tokens) of(x lines) []flag.Value {
	token := t.find(x)
	if len(token) == 0 {
		t.stats.missing.Add(1)
		return nil
	}
	claims, fault := t.cache.Verify(token, time.Now().Unix())
	t.stats.byFault[fault].Add(1)
	return claims
}

// find is the token as it was sent; nil: there is none.
func (t *Tokens) find(x lines) []byte {
	if t.cookie != "" {
		value, _ := cookieOf(x, t.cookie)
		return value
	}
	value, _ := x.Header(t.header, 0)
	scheme, token, ok := bytes.Cut(value, space)
	switch {
	case !ok:
		return value
	case lookup.IsNamed(scheme, "bearer"):
		return bytes.TrimLeft(token, " ")
	}
	return nil // another way to say who one is
}

var space = []byte{' '}
