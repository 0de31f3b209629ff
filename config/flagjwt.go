package config

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// FlagJWT is whose tokens are believed when they say something of a user. One that is
// not valid says nothing.
type FlagJWT struct {
	JWKSFile   string        // public keys (RFC 7517), absolute; read by whoever applies the configuration, at each load
	Header     string        // in lower case, that has the token, behind "Bearer " or alone. Default authorization, unless Cookie is written
	Cookie     string        // in lower case, instead of the header; "": none
	Algorithms []string      // of signatures. Default all that there are
	Issuer     string        // what iss must be; "": anything
	Audience   []string      // one of which aud must have; empty: anything
	Leeway     time.Duration // by which the clocks of others may differ: up to 5 m. Default 30 s
	Claims     []Pair        // names of claims, and the attributes that they become; sorted, at least one
}

// jwtAlgorithms are those by which nobody can sign who only has the keys of the file.
var jwtAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"}

const (
	wantJWKS     = "a JSON file with the public keys of those who sign tokens (a JWK set)"
	wantIssuer   = "what iss must say, of 1 to 1000 bytes"
	wantAudience = "what aud must have, of 1 to 1000 bytes"
	mostLeeway   = 5 * time.Minute
)

// flagJWT reads an optional FlagJWT; attributes are those that have another source.
func flagJWT(dst **FlagJWT, attributes unique) func(value) {
	return func(v value) {
		t := &FlagJWT{Header: "authorization", Algorithms: jwtAlgorithms, Leeway: 30 * time.Second}
		short := func(s string) (string, bool) { return s, s != "" && len(s) <= 1000 }
		v.object(fields{
			"jwks_file":  need(wantJWKS, path(&t.JWKSFile, wantJWKS)),
			"header":     may(one(&t.Header, wantClientHeader, parseClientHeader)),
			"cookie":     may(one(&t.Cookie, "a cookie's name", func(s string) (string, bool) { return strings.ToLower(s), token.MatchString(s) })),
			"algorithms": may(choices(&t.Algorithms, "an algorithm", jwtAlgorithms)),
			"issuer":     may(one(&t.Issuer, wantIssuer, short)),
			"audience": may(func(v value) {
				if v.node.Kind == yaml.SequenceNode {
					distinct(&t.Audience, 1, wantAudience, short)(v)
					return
				}
				var s string
				one(&s, wantAudience, short)(v)
				t.Audience = []string{s}
			}),
			"leeway": may(leeway(&t.Leeway)),
			"claims": need(flagClaims.what, attributes.attributes(pairs(&t.Claims, flagClaims))),
		})
		*dst = t
		if v.node.Kind != yaml.MappingNode || !v.has("cookie") {
			return
		}
		if v.has("header") {
			v.fail("both header and cookie: want one of them")
		}
		t.Header = ""
	}
}

func leeway(dst *time.Duration) func(value) {
	return like(shape{kind: durations, span: within(0, float64(mostLeeway))}, one(dst, "a duration from 0s to 5m with its unit, like 30s", func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(s)
		return d, err == nil && 0 <= d && d <= mostLeeway
	}))
}

func (t *FlagJWT) document() map[string]any {
	doc := map[string]any{
		"jwks_file": t.JWKSFile, "algorithms": t.Algorithms, "leeway": t.Leeway.String(), "claims": documentPairs(t.Claims),
	}
	if t.Cookie != "" {
		doc["cookie"] = t.Cookie
	} else {
		doc["header"] = t.Header
	}
	if t.Issuer != "" {
		doc["issuer"] = t.Issuer
	}
	if len(t.Audience) > 0 {
		doc["audience"] = t.Audience
	}
	return doc
}
