package dns

import (
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// FuzzParse: whatever a server sends, it is read or refused, and what is read can be
// used.
func FuzzParse(f *testing.F) {
	for kind, seeds := range fuzzSeeds(f) {
		for _, msg := range seeds {
			f.Add(uint16(kind), msg)
			for _, cut := range []int{1, 12, len(msg) - 1} {
				f.Add(uint16(kind), msg[:min(cut, len(msg))])
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint16, msg []byte) {
		q, err := newQuestion("api.internal", dnsmessage.Type(kind))
		if err != nil {
			t.Skip()
		}
		id := uint16(0)
		if len(msg) > 1 {
			id = uint16(msg[0])<<8 | uint16(msg[1]) // else nearly nothing gets further
		}
		r, err := parse(msg, id, q)
		if err != nil {
			return
		}
		if r.ttl < 0 || r.ttl > longest || r.negative < -1 || r.negative > longest || r.holds() < 0 {
			t.Errorf("holds for %v, or %v", r.ttl, r.negative)
		}
		for _, ip := range r.addresses {
			if !ip.IsValid() || ip.Is4In6() {
				t.Errorf("address %v", ip)
			}
		}
		for _, o := range rank(r.services) {
			if o.target == "" || o.port == 0 || o.weight < 1 || o.weight > MaxWeight {
				t.Errorf("offer %+v", o)
			}
		}
		if _, err := parse(msg, id+1, q); err == nil {
			t.Error("an answer with another number was taken")
		}
	})
}

// fuzzSeeds are answers of each kind, by type.
func fuzzSeeds(f *testing.F) map[dnsmessage.Type][][]byte {
	f.Helper()
	name, other := dnsmessage.MustNewName("api.internal."), dnsmessage.MustNewName("LB.internal.")
	head := func(n dnsmessage.Name, t dnsmessage.Type) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: n, Type: t, Class: dnsmessage.ClassINET, TTL: uint32(time.Minute / time.Second)}
	}
	out := map[dnsmessage.Type][][]byte{}
	add := func(kind dnsmessage.Type, code dnsmessage.RCode, answers ...dnsmessage.Resource) {
		m := dnsmessage.Message{
			Header:    dnsmessage.Header{ID: 4711, Response: true, RecursionAvailable: true, RCode: code},
			Questions: []dnsmessage.Question{{Name: name, Type: kind, Class: dnsmessage.ClassINET}},
			Answers:   answers,
		}
		if len(answers) == 0 {
			m.Authorities = []dnsmessage.Resource{{Header: head(other, dnsmessage.TypeSOA), Body: &dnsmessage.SOAResource{NS: other, MBox: other, MinTTL: 5}}}
		}
		packed, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		out[kind] = append(out[kind], packed)
	}
	a := dnsmessage.Resource{Header: head(name, dnsmessage.TypeA), Body: &dnsmessage.AResource{A: [4]byte{10, 0, 0, 1}}}
	add(dnsmessage.TypeA, dnsmessage.RCodeSuccess, a, a)
	add(dnsmessage.TypeA, dnsmessage.RCodeNameError)
	add(dnsmessage.TypeA, dnsmessage.RCodeServerFailure, a)
	add(dnsmessage.TypeA, dnsmessage.RCodeSuccess,
		dnsmessage.Resource{Header: head(name, dnsmessage.TypeCNAME), Body: &dnsmessage.CNAMEResource{CNAME: other}},
		dnsmessage.Resource{Header: head(other, dnsmessage.TypeA), Body: &dnsmessage.AResource{A: [4]byte{10, 0, 0, 2}}})
	add(dnsmessage.TypeA, dnsmessage.RCodeSuccess,
		dnsmessage.Resource{Header: head(name, dnsmessage.TypeCNAME), Body: &dnsmessage.CNAMEResource{CNAME: name}})
	add(dnsmessage.TypeAAAA, dnsmessage.RCodeSuccess,
		dnsmessage.Resource{Header: head(name, dnsmessage.TypeAAAA), Body: &dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 1, 15: 1}}},
		dnsmessage.Resource{Header: head(name, dnsmessage.TypeAAAA), Body: &dnsmessage.AAAAResource{AAAA: [16]byte{10: 0xff, 11: 0xff, 12: 10}}})
	add(dnsmessage.TypeSRV, dnsmessage.RCodeSuccess,
		dnsmessage.Resource{Header: head(name, dnsmessage.TypeSRV), Body: &dnsmessage.SRVResource{Priority: 1, Weight: 65535, Port: 80, Target: other}},
		dnsmessage.Resource{Header: head(name, dnsmessage.TypeSRV), Body: &dnsmessage.SRVResource{Priority: 2, Port: 80, Target: dnsmessage.MustNewName(".")}})
	return out
}
