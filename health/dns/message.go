package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// largest is what a server may send in one datagram, in bytes: what passes
// everywhere without being taken apart on the way. Larger answers come over TCP.
const largest = 1232

// question is what one message asks.
type question struct {
	name dnsmessage.Name
	kind dnsmessage.Type
}

// newQuestion refuses what cannot be a name in a message.
func newQuestion(name string, kind dnsmessage.Type) (question, error) {
	n, err := dnsmessage.NewName(name + ".")
	if err == nil {
		// It packs as a whole or not at all: too long a label is found here.
		_, err = (&dnsmessage.Message{Questions: []dnsmessage.Question{{Name: n, Type: kind, Class: dnsmessage.ClassINET}}}).Pack()
	}
	if err != nil {
		return question{}, fmt.Errorf("%s: cannot be asked for: %w", name, err)
	}
	return question{name: n, kind: kind}, nil
}

func (q question) String() string { return strings.TrimPrefix(q.kind.String(), "Type") }

// message is the question as it is sent; extended says how large an answer may be
// (EDNS0, RFC 6891), which very old servers do not understand.
func (q question) message(id uint16, extended bool) ([]byte, error) {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: q.name, Type: q.kind, Class: dnsmessage.ClassINET}},
	}
	if extended {
		var h dnsmessage.ResourceHeader
		if err := h.SetEDNS0(largest, dnsmessage.RCodeSuccess, false); err != nil {
			return nil, err
		}
		m.Additionals = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.OPTResource{}}}
	}
	return m.Pack()
}

// reply is what a server said to a question. Only what the question is about is in
// it, found through the aliases in the message.
type reply struct {
	code      dnsmessage.RCode
	truncated bool // there is more, over TCP; nothing else is read then
	addresses []netip.Addr
	services  []service
	ttl       time.Duration // the least of what led to it
	// negative is how long it holds that there is nothing; -1: the message does not say.
	negative time.Duration
	// final says that a server who says nothing does so because there is nothing: it
	// is responsible for the name or asks those who are.
	final bool
}

// service is one SRV record.
type service struct {
	priority, weight, port uint16
	target                 string // lower case, without a dot at its end; "": the service is not given
}

// errForeign says that a message is not the answer to the question: on UDP anybody
// can send one.
var errForeign = errors.New("not an answer to the question")

// parse reads an answer to q with the number id. It is errForeign or says what is
// broken.
func parse(msg []byte, id uint16, q question) (reply, error) {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	if err != nil || !h.Response || h.ID != id || h.OpCode != 0 {
		return reply{}, errForeign
	}
	asked, err := p.AllQuestions()
	if err == nil && len(asked) == 0 && h.RCode == dnsmessage.RCodeFormatError {
		return reply{code: h.RCode}, nil // some repeat nothing of what they could not read
	}
	if err != nil || len(asked) != 1 || !q.is(asked[0]) {
		return reply{}, errForeign
	}
	r := reply{code: h.RCode, truncated: h.Truncated, negative: -1, final: h.Authoritative || h.RecursionAvailable}
	if r.truncated {
		return r, nil
	}
	found, err := records(&p, q.kind)
	if err != nil {
		return reply{}, fmt.Errorf("broken answer: %w", err)
	}
	found.follow(q, &r)
	if err := readNegative(&p, &r); err != nil {
		return reply{}, fmt.Errorf("broken answer: %w", err)
	}
	return r, nil
}

func (q question) is(asked dnsmessage.Question) bool {
	return asked.Type == q.kind && asked.Class == dnsmessage.ClassINET && canonical(asked.Name) == canonical(q.name)
}

// canonical is one spelling for all spellings of a name, without the dot at its end.
func canonical(n dnsmessage.Name) string { return strings.TrimSuffix(strings.ToLower(n.String()), ".") }

// readNegative takes from the authority section how long it holds that there is
// nothing (RFC 2308 §5).
func readNegative(p *dnsmessage.Parser, r *reply) error {
	for {
		h, err := p.AuthorityHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Type != dnsmessage.TypeSOA {
			if err := p.SkipAuthority(); err != nil {
				return err
			}
			continue
		}
		soa, err := p.SOAResource()
		if err != nil {
			return err
		}
		r.negative = min(seconds(h.TTL), seconds(soa.MinTTL))
		r.final = true
	}
}

// longest is how long an answer holds at most, whatever it says.
const longest = 24 * time.Hour

// seconds is a TTL; one with the highest bit set is none (RFC 2181 §8).
func seconds(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		return 0
	}
	return min(time.Duration(ttl)*time.Second, longest)
}
