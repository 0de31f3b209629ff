package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// ticketFor is what tickets are for: nothing else takes them.
const ticketFor = "weir: events of flags"

// Ticket stands for a token where only an address can be said, as browsers have it with
// streams of events. It is good as long as the token is, and says nothing of it: who
// finds it in a log may listen there, and do nothing else. "": the token is not known.
func (k *Keyring) Ticket(token string) string {
	hash := sha256.Sum256([]byte(token))
	if _, ok := k.find(hash); !ok {
		return ""
	}
	return ticket(hash)
}

// FindTicket says whose a ticket is.
func (k *Keyring) FindTicket(given string) (Who, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for i := range k.mu.tokens {
		t := &k.mu.tokens[i]
		if subtle.ConstantTimeCompare([]byte(ticket(t.hash)), []byte(given)) == 1 {
			return t.who(), true
		}
	}
	return Who{}, false
}

func ticket(hash [sha256.Size]byte) string {
	m := hmac.New(sha256.New, hash[:])
	m.Write([]byte(ticketFor))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24])
}
