package jwt

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestEveryAlgorithm(t *testing.T) {
	kinds := map[string]signer{
		"RS": newSigner(t, "r", "RSA"), "PS": newSigner(t, "p", "RSA"), "ES256": newSigner(t, "a", "P-256"),
		"ES384": newSigner(t, "b", "P-384"), "EdDSA": newSigner(t, "e", "Ed25519"),
	}
	var signers []signer
	for _, s := range kinds {
		signers = append(signers, s)
	}
	v := NewVerifier(Rules{Keys: keysOf(t, signers...), Algorithms: all})
	for _, algorithm := range all {
		by, ok := kinds[algorithm]
		if !ok {
			by = kinds[algorithm[:2]]
		}
		claims, fault := v.Verify(by.sign(t, algorithm, map[string]any{"sub": "ann", "exp": in(time.Minute)}))
		if fault != Valid || claims.Values["sub"] != "ann" {
			t.Errorf("%s: %s, %v", algorithm, fault, claims.Values)
		}
		// By somebody else of the same name.
		other := newSigner(t, by.id, map[string]string{"RS": "RSA", "PS": "RSA", "ES": "P-" + algorithm[2:], "Ed": "Ed25519"}[algorithm[:2]])
		if _, fault := v.Verify(other.sign(t, algorithm, map[string]any{"exp": in(time.Minute)})); fault != Signature {
			t.Errorf("%s, signed by another: %s, want signature", algorithm, fault)
		}
	}
}

func TestTokensThatAreNotBelieved(t *testing.T) {
	r, e := newSigner(t, "r", "RSA"), newSigner(t, "e", "P-256")
	rules := Rules{Keys: keysOf(t, r, e), Algorithms: []string{"RS256", "ES256"}, Issuer: "https://id.test", Audience: []string{"shop", "web"}, Leeway: 10 * time.Second}
	v := NewVerifier(rules)
	with := func(changes ...any) map[string]any {
		c := map[string]any{"iss": "https://id.test", "aud": "shop", "exp": in(time.Minute)}
		for i := 0; i < len(changes); i += 2 {
			if changes[i+1] == nil {
				delete(c, changes[i].(string))
			} else {
				c[changes[i].(string)] = changes[i+1]
			}
		}
		return c
	}
	header := func(key string, value any) func(map[string]any) {
		return func(h map[string]any) { h[key] = value }
	}
	good := r.sign(t, "RS256", with())
	parts := strings.Split(good, ".")
	// Whoever knows the public key could sign so, if its bytes were taken for a secret.
	public, err := x509.MarshalPKIXPublicKey(r.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	confused := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(with()))
	confused.Header["kid"] = "r"
	hmac, err := confused.SignedString(public)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		token string
		want  Fault
	}{
		"good":                   {good, Valid},
		"an audience of several": {r.sign(t, "RS256", with("aud", []string{"x", "web"})), Valid},
		"over, within leeway":    {r.sign(t, "RS256", with("exp", in(-5*time.Second))), Valid},
		"without a key's name":   {signer{"", r.private}.sign(t, "RS256", with()), Valid},

		"nothing":             {"", Malformed},
		"two parts":           {parts[0] + "." + parts[1], Malformed},
		"four parts":          {good + ".x", Malformed},
		"too long":            {good + strings.Repeat("A", MaxToken), Malformed},
		"no JSON":             {"e30." + encoded([]byte("{")) + "." + parts[2], Malformed},
		"critical extensions": {r.sign(t, "RS256", with(), header("crit", []string{"b64"})), Malformed},

		"none":                  {r.sign(t, "none", with()), Algorithm},
		"None":                  {encoded([]byte(`{"alg":"None"}`)) + "." + parts[1] + ".", Algorithm},
		"no algorithm":          {encoded([]byte(`{}`)) + "." + parts[1] + "." + parts[2], Algorithm},
		"a secret's":            {hmac, Algorithm},
		"one that is not taken": {r.sign(t, "RS512", with()), Algorithm},

		"another key's name":      {r.sign(t, "RS256", with(), header("kid", "x")), Key},
		"a key of another kind":   {r.sign(t, "RS256", with(), header("kid", "e")), Key},
		"without its signature":   {parts[0] + "." + parts[1] + ".", Signature},
		"another's claims":        {parts[0] + "." + encoded([]byte(`{"sub":"root"}`)) + "." + parts[2], Signature},
		"of another's, unnamed":   {newSigner(t, "", "RSA").sign(t, "RS256", with()), Signature},
		"over":                    {r.sign(t, "RS256", with("exp", in(-time.Minute))), Expired},
		"without an end":          {r.sign(t, "RS256", with("exp", nil)), Expired},
		"not yet":                 {r.sign(t, "RS256", with("nbf", in(time.Minute))), Early},
		"of tomorrow":             {r.sign(t, "RS256", with("iat", in(time.Hour))), Early},
		"another issuer's":        {r.sign(t, "RS256", with("iss", "https://id.test/")), Issuer},
		"nobody's":                {r.sign(t, "RS256", with("iss", nil)), Expired}, // a claim that must be there
		"for somebody else":       {r.sign(t, "RS256", with("aud", "shop2")), Audience},
		"an end that is no time":  {r.sign(t, "RS256", with("exp", "soon")), Malformed},
		"an end of another world": {r.sign(t, "RS256", with("exp", 1e300)), Expired},
	} {
		if claims, fault := v.Verify(tt.token); fault != tt.want {
			t.Errorf("%s: %s, want %s", name, fault, tt.want)
		} else if fault != Valid && claims.Values != nil {
			t.Errorf("%s: not believed, and says %v", name, claims.Values)
		}
	}
}

func TestBadKeys(t *testing.T) {
	e := newSigner(t, "e", "P-256").public()
	with := func(of map[string]any, key string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range of {
			out[k] = v
		}
		out[key] = value
		return out
	}
	short := map[string]any{"kty": "RSA", "n": encoded(make([]byte, 10)), "e": "AQAB"}
	for name, tt := range map[string]struct {
		data []byte
		want string // "": it can be used
	}{
		"no JSON":               {[]byte("{"), "not a JWK set"},
		"a list":                {[]byte("[]"), "not a JWK set"},
		"none":                  {[]byte("{}"), "no key in it"},
		"for encryption":        {set(t, with(e, "use", "enc")), "no key in it"},
		"to sign with":          {set(t, with(e, "key_ops", []string{"sign"})), "no key in it"},
		"of an unknown kind":    {set(t, map[string]any{"kty": "AKP"}), "no key in it"},
		"of an unknown curve":   {set(t, with(e, "crv", "secp256k1")), "no key in it"},
		"for another algorithm": {set(t, with(e, "alg", "RS256")), "no key in it"},
		"for its own":           {set(t, with(e, "alg", "ES256")), ""},
		"one beside others":     {set(t, map[string]any{"kty": "AKP"}, e), ""},
		"a secret":              {set(t, map[string]any{"kty": "oct", "k": "AAAA"}), "keys[0]: a secret"},
		"a private key":         {set(t, e, with(e, "d", "AAAA")), "keys[1]: a secret"},
		"not on the curve":      {set(t, with(e, "x", encoded(make([]byte, 32)))), "keys[0]: x, y: no point of P-256"},
		"a short coordinate":    {set(t, with(e, "x", encoded(make([]byte, 31)))), "keys[0]: x of 31 bytes: want 32"},
		"padding":               {set(t, with(e, "x", e["x"].(string)+"=")), "keys[0]: x: want base64url"},
		"a short modulus":       {set(t, short), "keys[0]: n of 0 bits: want 2048 to 8192"},
		"a bad exponent":        {set(t, with(newSigner(t, "", "RSA").public(), "e", "Ag")), "keys[0]: e: want an odd number"},
		"a short Ed25519":       {set(t, map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}), "keys[0]: x of 3 bytes: want 32"},
	} {
		_, err := ParseKeys(tt.data)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := newSigner(f, "e", "P-256")
	v := NewVerifier(Rules{Keys: keysOf(f, s), Algorithms: all})
	good := s.sign(f, "ES256", map[string]any{"sub": "ann", "exp": in(time.Hour)})
	for _, seed := range []string{"", ".", "..", good, good[:len(good)-4], strings.ToUpper(good), "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if claims, fault := v.Verify(token); fault == Valid && claims.Values["sub"] != "ann" {
			t.Errorf("%q is believed: %v", token, claims.Values)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add(set(f, newSigner(f, "e", "P-256").public(), newSigner(f, "d", "Ed25519").public()))
	f.Add([]byte(`{"keys":[null,{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if keys, err := ParseKeys(data); err == nil && len(keys.keys) == 0 {
			t.Errorf("%q: neither keys nor an error", data)
		}
	})
}
