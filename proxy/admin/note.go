package admin

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// The longest notes of a write, in bytes. They are kept with every revision and
// are part of every answer that has it.
const (
	maxAuthor = 100
	maxReason = 1000
)

// signed is a Meta of whoever sends r.
func signed(r *http.Request) Meta {
	c := callerOf(r)
	return Meta{From: c.from, name: c.Name, known: c.By != ""}
}

// sign puts who writes, and why, into m: whose token it is, and who that says he is, in
// brackets where somebody could take it for the first. Both end up on other operators'
// terminals, a line each: what breaks a line becomes a space, and what else steers a
// terminal is refused.
func (m *Meta) sign(author, reason string) (err error) {
	if m.Author, err = note("author", author, maxAuthor); err != nil {
		return err
	}
	switch {
	case !m.known:
	case m.Author == "" || m.Author == m.name:
		m.Author = m.name
	default:
		m.Author = strings.TrimSpace(m.name + " (" + m.Author + ")")
	}
	m.Reason, err = note("reason", reason, maxReason)
	return err
}

func note(key, text string, most int) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		return "", &Refusal{Invalid, fmt.Sprintf("%s: %d bytes: want at most %d", key, len(text), most)}
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "", &Refusal{Invalid, key + ": want text without control characters"}
	}
	return text, nil
}
