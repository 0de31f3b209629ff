package proxy

import (
	"strconv"
	"time"

	"weir/proxy/internal/affinity"
)

// Wrote lets clients read what they have written where writes are pinned to a version:
// for a while after a write their reads go there, too. A cookie remembers until when.
// It is no secret: whoever makes one up is sent to the version of writes, himself alone.
type Wrote struct {
	cookie *affinity.Cookie
	lasts  time.Duration // above 0
}

// NewWrote returns it for a cookie of that name; lasts is how long after a write, in
// whole seconds, 1 at least.
func NewWrote(cookie string, lasts time.Duration) *Wrote {
	lasts = max(time.Second, (lasts + time.Second - 1).Truncate(time.Second))
	return &Wrote{
		cookie: affinity.NewCookie(affinity.CookieOptions{Name: cookie, Path: "/", Expires: lasts, HTTPOnly: true, SameSite: "Lax"}),
		lasts:  lasts,
	}
}

// lately says whether the client has written a moment ago.
func (o *Wrote) lately(x Exchange) bool {
	until, ok := second(o.cookie.Value(x))
	return ok && time.Now().Unix() < until
}

// second reads a point of time as appendCookie writes it.
func second(value []byte) (unix int64, ok bool) {
	if len(value) == 0 || len(value) > 12 {
		return 0, false
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		unix = 10*unix + int64(c-'0')
	}
	return unix, true
}

// appendCookie appends the line that makes a client one who has written, whatever came
// of it: a write that failed may have been done in part.
func (o *Wrote) appendCookie(dst []byte, x Exchange) []byte {
	until := time.Now().Add(o.lasts).Unix() + 1 // the second has begun already
	dst = strconv.AppendInt(o.cookie.Begin(dst), until, 10)
	return o.cookie.End(dst, x.Scheme() == "https")
}

// pinWrites says in w.ask whether the request goes where writes go, whatever the shares
// are. A pin is stronger: somebody has asked for that version.
func (u *Upstream) pinWrites(x Exchange, w *worker) {
	w.ask.Write, w.ask.Wrote = false, false
	switch {
	case !u.Split.PinsWrites() || w.ask.Pinned != "":
	case u.isWrite(x):
		w.ask.Write = true
	case u.Wrote != nil:
		w.ask.Wrote = u.Wrote.lately(x)
	}
}
