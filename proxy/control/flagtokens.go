package control

import (
	"crypto/sha256"
	"fmt"

	"weir/config"
	"weir/proxy"
)

// tokenKeys is whose tokens are believed, as the files say.
type tokenKeys struct {
	tokens *proxy.Tokens
	print  [sha256.Size]byte // of all that decides
}

// of is nil where no tokens are asked for.
func (t *tokenKeys) of() *proxy.Tokens {
	if t == nil {
		return nil
	}
	return t.tokens
}

// loadTokens reads the keys of those who sign tokens. Without any change what was known
// of tokens stays.
func (l *loader) loadTokens(t *config.FlagJWT, before *keys) {
	at := []string{"flags", "context", "jwt"}
	data, err := config.ReadFile(t.JWKSFile)
	if err != nil {
		l.fail(at, "jwks_file", "%v: want a JSON file with public keys", err)
		return
	}
	public, err := proxy.ParseTokenKeys(data)
	if err != nil {
		l.fail(at, "jwks_file", "%s: %v", t.JWKSFile, err)
		return
	}
	sum := sha256.Sum256(append(fmt.Appendf(nil, "%q %q %q %q %q %s %q|", t.Header, t.Cookie, t.Algorithms, t.Issuer, t.Audience, t.Leeway, t.Claims), data...))
	if before != nil && before.tokens != nil && before.tokens.print == sum {
		l.keys.tokens = before.tokens
		return
	}
	o := proxy.TokensOptions{
		Rules:  proxy.TokenRules{Keys: public, Algorithms: t.Algorithms, Issuer: t.Issuer, Audience: t.Audience, Leeway: t.Leeway},
		Header: t.Header, Cookie: t.Cookie, Stats: l.keys.tokenStats,
	}
	for _, p := range t.Claims {
		o.Claims = append(o.Claims, p.Name)
	}
	l.keys.tokens = &tokenKeys{proxy.NewTokens(o), sum}
}
