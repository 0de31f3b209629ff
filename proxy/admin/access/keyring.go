package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"sync"
)

// Keyring is the tokens in force. Its methods may be called from any goroutine; the
// zero value has none and so lets nobody in.
type Keyring struct {
	mu struct {
		sync.RWMutex
		tokens  []Token
		changed chan struct{} // closed at the next Use; nil: nobody waits
	}
}

// Use puts other tokens in force.
func (k *Keyring) Use(tokens []Token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mu.tokens = slices.Clone(tokens)
	if k.mu.changed != nil {
		close(k.mu.changed)
		k.mu.changed = nil
	}
}

// Tokens are those in force.
func (k *Keyring) Tokens() []Token {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Clone(k.mu.tokens)
}

// Find says whose a token is. How long it takes tells nothing of any token: it
// compares hashes, and all of them.
func (k *Keyring) Find(token string) (Who, bool) {
	return k.find(sha256.Sum256([]byte(token)))
}

func (k *Keyring) find(given [sha256.Size]byte) (Who, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	found := -1
	for i := range k.mu.tokens {
		equal := subtle.ConstantTimeCompare(k.mu.tokens[i].hash[:], given[:])
		found = subtle.ConstantTimeSelect(equal, i, found)
	}
	if found < 0 {
		return Who{}, false
	}
	return k.mu.tokens[found].who(), true
}

func (t *Token) who() Who { return Who{Role: t.Role, Name: t.Name, By: ByToken, Line: t.Line} }

// Changed is closed when other tokens are put in force.
func (k *Keyring) Changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mu.changed == nil {
		k.mu.changed = make(chan struct{})
	}
	return k.mu.changed
}
