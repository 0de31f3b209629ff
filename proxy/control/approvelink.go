package control

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// linkFor is how long the link of an approval can be used.
const linkFor = 24 * time.Hour

// linkKey is where the key is kept that links are signed with.
const linkKey = "approval-key"

// linkKeySize is its length, in bytes.
const linkKeySize = 32

// pass is what a link says: which answer it may give. Round makes it one for a single
// question: what is asked again has another.
type pass struct {
	Upstream string `json:"u,omitempty"`
	Flag     string `json:"f,omitempty"` // instead of the upstream
	Rollout  string `json:"r"`
	Gate     string `json:"g"`
	Round    int    `json:"n"`
	Expires  int64  `json:"e"` // seconds of Unix time
}

// newLinkKey is a key, as it is kept.
func newLinkKey() []byte {
	key := make([]byte, linkKeySize)
	_, _ = rand.Read(key) // never fails
	kept, err := json.Marshal(key)
	if err != nil {
		panic("BUG: a key cannot be written as JSON: " + err.Error())
	}
	return kept
}

// useLinkKey takes a kept key, and reports whether it is one.
func (c *Control) useLinkKey(kept []byte) bool {
	var key []byte
	if json.Unmarshal(kept, &key) != nil || len(key) != linkKeySize {
		return false
	}
	c.linkKey.Store(&key)
	return true
}

// link is the path of the page that answers an approval, and until when.
func (c *Control) link(whose *Event, n *inquiry, gate string, now time.Time) (path string, expires time.Time) {
	expires = now.Add(linkFor).UTC().Truncate(time.Second)
	said, err := json.Marshal(pass{whose.Upstream, whose.Flag, n.rollout.ID, gate, n.asked.Round, expires.Unix()})
	if err != nil {
		panic("BUG: a link cannot be written as JSON: " + err.Error())
	}
	b := base64.RawURLEncoding
	return "/approve/" + b.EncodeToString(said) + "." + b.EncodeToString(c.sign(said)), expires
}

// publicLink is the link as people reach it, below admin.url; "" without that.
func (c *Control) publicLink(whose *Event, n *inquiry, gate string) string {
	base := c.Config().Admin.URL
	if base == "" {
		return ""
	}
	path, _ := c.link(whose, n, gate, time.Now())
	return strings.TrimSuffix(base, "/") + path
}

func (c *Control) sign(said []byte) []byte {
	mac := hmac.New(sha256.New, *c.linkKey.Load())
	mac.Write(said)
	return mac.Sum(nil)
}

// read is what a token says, if it was signed here.
func (c *Control) read(token string) (p pass, ok bool) {
	said, signature, _ := strings.Cut(token, ".")
	b := base64.RawURLEncoding.Strict()
	in, err1 := b.DecodeString(said)
	mac, err2 := b.DecodeString(signature)
	if err1 != nil || err2 != nil || !hmac.Equal(mac, c.sign(in)) {
		return p, false
	}
	return p, json.Unmarshal(in, &p) == nil
}

// ApprovalView is what the page of a link shows.
type ApprovalView struct {
	Upstream, Flag       string // one of them
	Rollout, Gate, Point string
	From, To             string
	Percent              float64 // that To has now
	Reason               string  // why the rollout is where it is
	Expires              time.Time
}

// Approval is what a link is for. NotFound when it was not made here, Gone when it has
// expired, was used, or is for a question that is not asked any more.
func (c *Control) Approval(token string) (ApprovalView, error) {
	p, ok := c.read(token)
	if !ok {
		return ApprovalView{}, refuse(NotFound, "no such link")
	}
	_, n, err := c.passed(p, time.Now())
	if err != nil {
		return ApprovalView{}, err
	}
	s := &n.rollout
	return ApprovalView{
		Upstream: p.Upstream, Flag: p.Flag, Rollout: s.ID, Gate: p.Gate, Point: n.asked.Point, From: s.Plan.From, To: s.Plan.To,
		Percent: s.Percent, Reason: s.Reason, Expires: time.Unix(p.Expires, 0),
	}, nil
}

// passed is the question that a link may answer now.
func (c *Control) passed(p pass, now time.Time) (*asker, *inquiry, error) {
	if now.Unix() >= p.Expires {
		return nil, nil, refuse(Gone, "this link has expired")
	}
	a, what := c.current.Load().asker(p.Upstream, p.Flag)
	if a == nil {
		return nil, nil, refuse(Gone, "%s is not there any more", what)
	}
	n := a.open(p.Gate)
	switch {
	case n == nil || n.rollout.ID != p.Rollout || n.asked.Round != p.Round:
		return nil, nil, refuse(Gone, "gate %s of rollout %s: its answer is not waited for any more", p.Gate, p.Rollout)
	case a.given(n, p.Gate) != nil:
		return nil, nil, refuse(Gone, "gate %s of rollout %s: it has been answered: %s", p.Gate, p.Rollout, a.given(n, p.Gate).Reason)
	}
	return a, n, nil
}

// asker is who asks the gates of an upstream, or else of a flag; nil: it is not there. what
// names it for people.
func (w *world) asker(upstream, flag string) (a *asker, what string) {
	if flag == "" {
		if u := w.upstreams[upstream]; u != nil {
			a = u.live.asker
		}
		return a, "upstream " + upstream
	}
	if w.flags != nil && w.flags.ramps[flag] != nil {
		a = w.flags.ramps[flag].asker
	}
	return a, "flag " + flag
}

// ApproveLink answers by a link. Its errors are those of Approval, and Unavailable.
func (c *Control) ApproveLink(ctx context.Context, token string, yes bool, m Meta) error {
	p, ok := c.read(token)
	if !ok {
		return refuse(NotFound, "no such link")
	}
	return c.do(ctx, func() error {
		a, n, err := c.passed(p, time.Now())
		if err == nil {
			err = a.answer(n, p.Gate, yes, m)
		}
		return err
	})
}
