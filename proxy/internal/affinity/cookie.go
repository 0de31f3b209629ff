package affinity

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// CookieOptions describe the cookie by which Weir binds a client.
type CookieOptions struct {
	Name     string
	Path     string        // empty: not said, and the browser takes the folder of the request
	Domain   string        // empty: not said, only the host of the request
	Expires  time.Duration // since the last answer, in whole seconds; 0: until the browser is closed
	HTTPOnly bool
	Secure   Secure
	SameSite string // Lax, Strict or None; empty: not said
}

// Secure says when a cookie is for TLS only. The zero value is SecureAuto.
type Secure int

// When a cookie is for TLS only.
const (
	SecureAuto Secure = iota // when it is given over TLS
	SecureOn                 // always
	SecureOff                // never
)

// Cookie gives clients the route of their endpoint. Where a version has no endpoint of
// that route the value has one for each version that the client has met, "~" between
// them, so that a client which a split sends to and fro is bound in all of them.
type Cookie struct {
	name       string    // in lower case
	begin      string    // of the line, to the "="
	attributes [2]string // the rest of it; the second is over TLS
	slides     bool      // it is given with each answer, so that it expires after the last
}

// NewCookie returns the cookie; its options have been checked.
func NewCookie(o CookieOptions) *Cookie {
	return &Cookie{
		name:       strings.ToLower(o.Name),
		begin:      "Set-Cookie: " + o.Name + "=",
		attributes: [2]string{o.attributes(false), o.attributes(true)},
		slides:     o.Expires > 0,
	}
}

func (o *CookieOptions) attributes(tls bool) string {
	var b strings.Builder
	if o.Path != "" {
		b.WriteString("; Path=" + o.Path)
	}
	if o.Domain != "" {
		b.WriteString("; Domain=" + o.Domain)
	}
	if o.Expires > 0 {
		seconds := max(1, int64(o.Expires/time.Second))
		b.WriteString("; Max-Age=" + strconv.FormatInt(seconds, 10))
	}
	if o.HTTPOnly {
		b.WriteString("; HttpOnly")
	}
	if o.Secure == SecureOn || o.Secure == SecureAuto && tls {
		b.WriteString("; Secure")
	}
	if o.SameSite != "" {
		b.WriteString("; SameSite=" + o.SameSite)
	}
	return b.String() + "\r\n"
}

// Value is what the client says of its endpoints: see NextRoute. Nil when it says
// nothing.
func (c *Cookie) Value(x Exchange) []byte { return cookie(x, c.name) }

// Slides says that the cookie has to be given with each answer.
func (c *Cookie) Slides() bool { return c.slides }

// Begin appends the beginning of the line that gives the cookie; routes follow, with
// Between between them, and End.
func (c *Cookie) Begin(dst []byte) []byte { return append(dst, c.begin...) }

// End appends the rest of the line.
func (c *Cookie) End(dst []byte, tls bool) []byte {
	if tls {
		return append(dst, c.attributes[1]...)
	}
	return append(dst, c.attributes[0]...)
}

// Between stands between two routes in a cookie.
const Between = '~'

// NextRoute takes the first route off a cookie's value.
func NextRoute(value []byte) (route, rest []byte) {
	route, rest, _ = bytes.Cut(value, between)
	return route, rest
}

var between = []byte{Between}
