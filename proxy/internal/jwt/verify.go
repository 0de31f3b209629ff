package jwt

import (
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Rules say which tokens are believed.
type Rules struct {
	Keys       *Keys
	Algorithms []string      // of signatures
	Issuer     string        // what iss must be; "": anything
	Audience   []string      // one of which aud must have; none: anything
	Leeway     time.Duration // by which the clocks of others may differ
}

// Fault is why a token is not believed. The zero value is no fault.
type Fault uint8

// The faults.
const (
	Valid     Fault = iota
	Malformed       // no token at all, one of something else, or longer than MaxToken
	Algorithm       // signed by one that is not taken
	Key             // signed by a key that is not in the set
	Signature       // not what the key would say
	Expired         // or without an end
	Early           // not valid yet, or issued later than now
	Issuer
	Audience

	NumFaults = iota
)

// String is the fault in one word, which metrics have as a label.
func (f Fault) String() string {
	return [NumFaults]string{"valid", "malformed", "algorithm", "key", "signature", "expired", "early", "issuer", "audience"}[f]
}

// MaxToken is the length of the longest token that is looked at, in bytes.
const MaxToken = 8 << 10

// Verifier verifies tokens. It is immutable.
type Verifier struct {
	keys       *Keys
	algorithms []string
	leeway     time.Duration
	parser     *jwt.Parser
}

// NewVerifier makes the rules ready.
func NewVerifier(r Rules) *Verifier {
	options := []jwt.ParserOption{
		jwt.WithLeeway(r.Leeway), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
	}
	if r.Issuer != "" {
		options = append(options, jwt.WithIssuer(r.Issuer))
	}
	if len(r.Audience) > 0 {
		options = append(options, jwt.WithAudience(r.Audience...))
	}
	return &Verifier{keys: r.Keys, algorithms: r.Algorithms, leeway: r.Leeway, parser: jwt.NewParser(options...)}
}

// Claims is what a token says, as JSON decodes it, and until when that is believed.
type Claims struct {
	Values map[string]any
	Until  time.Time
}

var (
	errAlgorithm = errors.New("algorithm of no key")
	errKey       = errors.New("no such key")
	errCritical  = errors.New("extensions that must be understood")
)

// Verify verifies a token now.
func (v *Verifier) Verify(token string) (Claims, Fault) {
	if len(token) > MaxToken {
		return Claims{}, Malformed
	}
	values := jwt.MapClaims{}
	_, err := v.parser.ParseWithClaims(token, values, v.choose)
	if err != nil {
		return Claims{}, faultOf(err)
	}
	until, err := values.GetExpirationTime()
	if err != nil || until == nil {
		return Claims{}, Expired // the parser would have said so
	}
	return Claims{Values: values, Until: until.Add(v.leeway)}, Valid
}

// choose is the keys that a token may be signed by. The algorithm in its header does not
// decide what kind of key is taken for one: each is for its own algorithms.
func (v *Verifier) choose(t *jwt.Token) (any, error) {
	if _, ok := t.Header["crit"]; ok { // RFC 7515 §4.1.11: none is understood here
		return nil, errCritical
	}
	if !slices.Contains(v.algorithms, t.Method.Alg()) {
		return nil, errAlgorithm
	}
	id, _ := t.Header["kid"].(string)
	fitting := v.keys.fitting(id, t.Method.Alg())
	if len(fitting) == 0 {
		return nil, errKey
	}
	var set jwt.VerificationKeySet
	for _, k := range fitting {
		set.Keys = append(set.Keys, k)
	}
	return set, nil
}

// faultOf says what the parser has found, the first of several.
func faultOf(err error) Fault {
	for _, c := range []struct {
		err   error
		fault Fault
	}{
		{errCritical, Malformed}, {errKey, Key}, {jwt.ErrTokenMalformed, Malformed},
		{errAlgorithm, Algorithm}, {jwt.ErrTokenUnverifiable, Algorithm}, // one that nobody knows
		{jwt.ErrTokenSignatureInvalid, Signature},
		{jwt.ErrTokenExpired, Expired}, {jwt.ErrTokenRequiredClaimMissing, Expired},
		{jwt.ErrTokenNotValidYet, Early}, {jwt.ErrTokenUsedBeforeIssued, Early},
		{jwt.ErrTokenInvalidIssuer, Issuer}, {jwt.ErrTokenInvalidAudience, Audience},
	} {
		if errors.Is(err, c.err) {
			return c.fault
		}
	}
	return Malformed
}
