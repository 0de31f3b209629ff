package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// mostKeys bounds a set of keys.
const mostKeys = 100

// The moduli of RSA that are taken, in bits: shorter ones are forged, longer ones take
// too long.
const leastRSA, mostRSA = 2048, 8192

// Keys is a set of public keys. It is immutable.
type Keys struct{ keys []key }

type key struct {
	id         string   // "": it has none
	algorithms []string // that it may be used with
	public     crypto.PublicKey
}

// jwk is a key as a set has it (RFC 7517 §4). Members that are not here say nothing that
// matters for a signature.
type jwk struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid"`
	Use string   `json:"use"`
	Ops []string `json:"key_ops"`
	Alg string   `json:"alg"`
	Crv string   `json:"crv"`
	N   string   `json:"n"`
	E   string   `json:"e"`
	X   string   `json:"x"`
	Y   string   `json:"y"`
	D   string   `json:"d"`
	K   string   `json:"k"`
}

// ParseKeys reads a JWK set. Keys for something else than signatures, and of kinds or
// curves that no algorithm here has, are passed over; a set without any other, or with a
// secret in it, is an error, which says what is wrong and what is wanted.
func ParseKeys(data []byte) (*Keys, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("not a JWK set: %w: want a JSON object with keys", err)
	}
	if len(set.Keys) > mostKeys {
		return nil, fmt.Errorf("%d keys: want at most %d", len(set.Keys), mostKeys)
	}
	var out Keys
	for i := range set.Keys {
		k, err := set.Keys[i].read()
		if err != nil {
			return nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
		if k != nil {
			out.keys = append(out.keys, *k)
		}
	}
	if len(out.keys) == 0 {
		return nil, errors.New("no key in it that signatures can be verified by: want RSA, EC (P-256, P-384) or OKP (Ed25519) keys")
	}
	return &out, nil
}

// read is the key; nil: it is for something else.
func (j *jwk) read() (*key, error) {
	switch {
	case j.Kty == "oct" || j.K != "" || j.D != "":
		return nil, errors.New("a secret: want public keys only, whoever reads the file could sign with it")
	case j.Use != "" && j.Use != "sig", len(j.Ops) > 0 && !slices.Contains(j.Ops, "verify"):
		return nil, nil
	}
	k := &key{id: j.Kid}
	var err error
	switch j.Kty {
	case "RSA":
		k.algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
		k.public, err = j.rsa()
	case "EC":
		switch j.Crv {
		case "P-256":
			k.algorithms = []string{"ES256"}
			k.public, err = j.ecdsa(elliptic.P256())
		case "P-384":
			k.algorithms = []string{"ES384"}
			k.public, err = j.ecdsa(elliptic.P384())
		}
	case "OKP":
		if j.Crv == "Ed25519" {
			k.algorithms = []string{"EdDSA"}
			k.public, err = j.ed25519()
		}
	}
	if err != nil || k.public == nil {
		return nil, err
	}
	if j.Alg != "" {
		k.algorithms = slices.DeleteFunc(k.algorithms, func(a string) bool { return a != j.Alg })
	}
	if len(k.algorithms) == 0 {
		return nil, nil
	}
	return k, nil
}

func (j *jwk) rsa() (crypto.PublicKey, error) {
	n, err := number("n", j.N)
	if err != nil {
		return nil, err
	}
	e, err := number("e", j.E)
	if err != nil {
		return nil, err
	}
	switch bits := n.BitLen(); {
	case bits < leastRSA || bits > mostRSA:
		return nil, fmt.Errorf("n of %d bits: want %d to %d", bits, leastRSA, mostRSA)
	case !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 || e.Int64()%2 == 0:
		return nil, errors.New("e: want an odd number from 3 to 2147483647, like AQAB")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

func (j *jwk) ecdsa(curve elliptic.Curve) (crypto.PublicKey, error) {
	x, err := coordinate("x", j.X, curve)
	if err != nil {
		return nil, err
	}
	y, err := coordinate("y", j.Y, curve)
	if err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, fmt.Errorf("x, y: no point of %s", j.Crv)
	}
	return public, nil
}

func (j *jwk) ed25519() (crypto.PublicKey, error) {
	x, err := bytesOf("x", j.X)
	if err == nil && len(x) != ed25519.PublicKeySize {
		err = fmt.Errorf("x of %d bytes: want %d", len(x), ed25519.PublicKeySize)
	}
	if err != nil {
		return nil, err
	}
	return ed25519.PublicKey(x), nil
}

func coordinate(name, text string, curve elliptic.Curve) ([]byte, error) {
	b, err := bytesOf(name, text)
	want := (curve.Params().BitSize + 7) / 8
	if err == nil && len(b) != want {
		err = fmt.Errorf("%s of %d bytes: want %d", name, len(b), want)
	}
	return b, err
}

func number(name, text string) (*big.Int, error) {
	b, err := bytesOf(name, text)
	return new(big.Int).SetBytes(b), err
}

func bytesOf(name, text string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("%s: want base64url without padding", name)
	}
	return b, nil
}

// mostTried is how many keys a token that names none is tried with.
const mostTried = 4

// fitting are the keys that a token may be signed by, by its header: that of the name, if
// it has one, and of the kind that the algorithm is for.
func (k *Keys) fitting(id, algorithm string) (out []crypto.PublicKey) {
	for i := range k.keys {
		c := &k.keys[i]
		if (id == "" || c.id == id) && slices.Contains(c.algorithms, algorithm) && len(out) < mostTried {
			out = append(out, c.public)
		}
	}
	return out
}
