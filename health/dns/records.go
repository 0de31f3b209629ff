package dns

import (
	"errors"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// found is what the answer section of a message has, by the name it is of. The
// order of the records means nothing (RFC 1034 §3.6).
type found struct {
	aliases   map[string]alias
	addresses map[string][]record[netip.Addr]
	services  map[string][]record[service]
}

type alias struct {
	to  string
	ttl time.Duration
}

type record[T any] struct {
	value T
	ttl   time.Duration
}

// records reads the answers of a kind, and the aliases that lead to them. Others
// are passed over.
func records(p *dnsmessage.Parser, kind dnsmessage.Type) (*found, error) {
	f := &found{aliases: map[string]alias{}, addresses: map[string][]record[netip.Addr]{}, services: map[string][]record[service]{}}
	for {
		h, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Class != dnsmessage.ClassINET || (h.Type != kind && h.Type != dnsmessage.TypeCNAME) {
			err = p.SkipAnswer()
		} else {
			err = f.read(p, &h)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (f *found) read(p *dnsmessage.Parser, h *dnsmessage.ResourceHeader) error {
	of, ttl := canonical(h.Name), seconds(h.TTL)
	switch h.Type {
	case dnsmessage.TypeCNAME:
		r, err := p.CNAMEResource()
		if err != nil {
			return err
		}
		f.aliases[of] = alias{to: canonical(r.CNAME), ttl: ttl}
	case dnsmessage.TypeA:
		r, err := p.AResource()
		if err != nil {
			return err
		}
		f.addresses[of] = append(f.addresses[of], record[netip.Addr]{netip.AddrFrom4(r.A), ttl})
	case dnsmessage.TypeAAAA:
		r, err := p.AAAAResource()
		if err != nil {
			return err
		}
		f.addresses[of] = append(f.addresses[of], record[netip.Addr]{netip.AddrFrom16(r.AAAA).Unmap(), ttl})
	case dnsmessage.TypeSRV:
		r, err := p.SRVResource()
		if err != nil {
			return err
		}
		f.services[of] = append(f.services[of], record[service]{
			service{priority: r.Priority, weight: r.Weight, port: r.Port, target: canonical(r.Target)}, ttl,
		})
	default:
		return p.SkipAnswer()
	}
	return nil
}

// mostAliases is how many aliases lead from a name to its records at most.
const mostAliases = 16

// follow puts into r what the question is about.
func (f *found) follow(q question, r *reply) {
	name, ttl := canonical(q.name), longest
	for range mostAliases {
		a, ok := f.aliases[name]
		if !ok {
			break
		}
		name, ttl = a.to, min(ttl, a.ttl)
	}
	for _, a := range f.addresses[name] {
		r.addresses, ttl = append(r.addresses, a.value), min(ttl, a.ttl)
	}
	for _, s := range f.services[name] {
		r.services, ttl = append(r.services, s.value), min(ttl, s.ttl)
	}
	r.ttl = ttl
}
