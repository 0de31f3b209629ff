package dnstest

import (
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// name is what the zone has of one.
type name struct {
	code    dnsmessage.RCode
	records []dnsmessage.Resource
}

// SRV is a record of a service.
type SRV struct {
	Priority, Weight, Port uint16
	Target                 string
}

// Addresses replaces what the zone has of a host; none: it is there, without any.
func (s *Server) Addresses(host string, ttl uint32, addresses ...string) {
	var out []dnsmessage.Resource
	for _, a := range addresses {
		ip := netip.MustParseAddr(a)
		if ip.Is4() {
			out = append(out, record(host, dnsmessage.TypeA, ttl, &dnsmessage.AResource{A: ip.As4()}))
		} else {
			out = append(out, record(host, dnsmessage.TypeAAAA, ttl, &dnsmessage.AAAAResource{AAAA: ip.As16()}))
		}
	}
	s.put(host, &name{records: out})
}

// Alias makes one name stand for another.
func (s *Server) Alias(host string, ttl uint32, to string) {
	s.put(host, &name{records: []dnsmessage.Resource{
		record(host, dnsmessage.TypeCNAME, ttl, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(to + ".")}),
	}})
}

// Services replaces what the zone has of a service, like _http._tcp.api.internal.
func (s *Server) Services(service string, ttl uint32, records ...SRV) {
	var out []dnsmessage.Resource
	for _, r := range records {
		out = append(out, record(service, dnsmessage.TypeSRV, ttl, &dnsmessage.SRVResource{
			Priority: r.Priority, Weight: r.Weight, Port: r.Port, Target: dnsmessage.MustNewName(strings.TrimSuffix(r.Target, ".") + "."),
		}))
	}
	s.put(service, &name{records: out})
}

// Fails has the name answered with a code, like dnsmessage.RCodeServerFailure.
func (s *Server) Fails(host string, code dnsmessage.RCode) { s.put(host, &name{code: code}) }

// Remove leaves no such name.
func (s *Server) Remove(host string) { s.put(host, nil) }

func (s *Server) put(host string, n *name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.zone[host] = n; n == nil {
		delete(s.zone, host)
	}
}

func record(host string, kind dnsmessage.Type, ttl uint32, body dnsmessage.ResourceBody) dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(host + "."), Type: kind, Class: dnsmessage.ClassINET, TTL: ttl},
		Body:   body,
	}
}

// Zone is the answer of the zone.
func (s *Server) Zone(q Query) *dnsmessage.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &dnsmessage.Message{Header: dnsmessage.Header{RecursionAvailable: true}}
	at := strings.ToLower(strings.TrimSuffix(q.Questions[0].Name.String(), "."))
	found := false
	for range 8 { // aliases
		n := s.zone[at]
		if n == nil {
			out.RCode = dnsmessage.RCodeNameError
			break
		}
		out.RCode = n.code
		next := ""
		for _, r := range n.records {
			if c, ok := r.Body.(*dnsmessage.CNAMEResource); ok {
				next = strings.ToLower(strings.TrimSuffix(c.CNAME.String(), "."))
			} else if r.Header.Type != q.Questions[0].Type {
				continue
			} else {
				found = true
			}
			out.Answers = append(out.Answers, r)
		}
		if next == "" {
			break
		}
		at = next
	}
	if out.RCode == dnsmessage.RCodeNameError || !found && out.RCode == dnsmessage.RCodeSuccess {
		root := dnsmessage.MustNewName(".")
		out.Authorities = []dnsmessage.Resource{record("internal", dnsmessage.TypeSOA, 1, &dnsmessage.SOAResource{NS: root, MBox: root, MinTTL: 1})}
	}
	return out
}
