package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// signer is somebody with a private key.
type signer struct {
	id      string
	private crypto.Signer
}

func newSigner(t testing.TB, id, kind string) signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "RSA":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "P-256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "P-384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "Ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signer{id, key}
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// public is the signer's key as a set has it.
func (s signer) public() map[string]any {
	out := map[string]any{"use": "sig"}
	if s.id != "" {
		out["kid"] = s.id
	}
	switch k := s.private.Public().(type) {
	case *rsa.PublicKey:
		out["kty"], out["n"], out["e"] = "RSA", encoded(k.N.Bytes()), encoded(big.NewInt(int64(k.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			panic(err)
		}
		n := (len(point) - 1) / 2
		out["kty"], out["crv"], out["x"], out["y"] = "EC", k.Curve.Params().Name, encoded(point[1:1+n]), encoded(point[1+n:])
	case ed25519.PublicKey:
		out["kty"], out["crv"], out["x"] = "OKP", "Ed25519", encoded(k)
	}
	return out
}

// sign makes a token; changes may change its header.
func (s signer) sign(t testing.TB, algorithm string, claims map[string]any, changes ...func(header map[string]any)) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(algorithm), jwt.MapClaims(claims))
	if s.id != "" {
		token.Header["kid"] = s.id
	}
	for _, change := range changes {
		change(token.Header)
	}
	var key any = s.private
	if algorithm == "none" {
		key = jwt.UnsafeAllowNoneSignatureType
	}
	out, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// set is the file with the keys.
func set(t testing.TB, keys ...map[string]any) []byte {
	t.Helper()
	out, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func keysOf(t testing.TB, signers ...signer) *Keys {
	t.Helper()
	var all []map[string]any
	for _, s := range signers {
		all = append(all, s.public())
	}
	keys, err := ParseKeys(set(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

var all = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"}

// in is a time from now on, as tokens have it.
func in(d time.Duration) int64 { return time.Now().Add(d).Unix() }
