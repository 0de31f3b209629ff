package jwt

import (
	"strconv"
	"testing"
	"time"
)

// counting is a cache with a count of the tokens whose claims were looked at.
func counting(t testing.TB, s ...signer) (*Cache[string], *int) {
	made := 0
	return NewCache(NewVerifier(Rules{Keys: keysOf(t, s...), Algorithms: all}), func(c Claims) string {
		made++
		return c.Values["sub"].(string)
	}), &made
}

func TestATokenIsVerifiedOnce(t *testing.T) {
	s := newSigner(t, "e", "Ed25519")
	c, made := counting(t, s)
	now := time.Now().Unix()
	ann, bob := []byte(s.sign(t, "EdDSA", map[string]any{"sub": "ann", "exp": now + 60})), []byte(s.sign(t, "EdDSA", map[string]any{"sub": "bob", "exp": now + 60}))
	for range 3 {
		if is, fault := c.Verify(ann, now); is != "ann" || fault != Valid {
			t.Fatalf("%q, %s, want ann", is, fault)
		}
		if is, fault := c.Verify(bob, now); is != "bob" || fault != Valid {
			t.Fatalf("%q, %s, want bob", is, fault)
		}
	}
	if *made != 2 {
		t.Errorf("claims were looked at %d times, want once a token", *made)
	}
	for range 2 {
		if is, fault := c.Verify(ann, now+61); is != "" || fault != Expired {
			t.Errorf("a token that is over: %q, %s", is, fault)
		}
	}
	if at := len(ann) - 5; ann[at] == 'A' {
		ann[at] = 'B'
	} else {
		ann[at] = 'A'
	}
	for range 2 {
		if is, fault := c.Verify(ann, now); is != "" || fault != Signature {
			t.Errorf("another signature: %q, %s", is, fault)
		}
	}
}

// A token that is not valid yet is looked at again.
func TestATokenThatBecomesValid(t *testing.T) {
	s := newSigner(t, "e", "Ed25519")
	c, _ := counting(t, s)
	now := time.Now()
	token := []byte(s.sign(t, "EdDSA", map[string]any{"sub": "ann", "exp": now.Unix() + 60, "nbf": now.Unix() + 2}))
	if _, fault := c.Verify(token, now.Unix()); fault != Early {
		t.Fatalf("%s, want early", fault)
	}
	for end := now.Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, fault := c.Verify(token, time.Now().Unix()); fault == Valid {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%s for ten seconds", fault)
		}
	}
}

// However many tokens come, a cache has only so many places, and what it says is right.
func TestACacheIsBounded(t *testing.T) {
	s := newSigner(t, "e", "P-256") // which the race detector does not slow down
	c, _ := counting(t, s)
	now := time.Now().Unix()
	for i := range 2 * cacheSets * cacheWays {
		sub := strconv.Itoa(i)
		if is, fault := c.Verify([]byte(s.sign(t, "ES256", map[string]any{"sub": sub, "exp": now + 60 + int64(i)})), now); is != sub {
			t.Fatalf("%q, %s, want %s", is, fault, sub)
		}
	}
}

func BenchmarkKnownToken(b *testing.B) {
	s := newSigner(b, "e", "RSA")
	c, _ := counting(b, s)
	now := time.Now().Unix()
	token := []byte(s.sign(b, "RS256", map[string]any{"sub": "ann", "exp": now + 3600}))
	b.ReportAllocs()
	for b.Loop() {
		c.Verify(token, now)
	}
}
