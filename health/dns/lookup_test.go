package dns

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"weir/health/dns/dnstest"
)

var (
	api  = Name{Host: "api.internal"}
	http = Name{Host: "api.internal", Service: "http"}
)

// asking is the options to ask these servers.
func asking(servers ...string) Options {
	return Options{Servers: servers, Timeout: 10 * time.Second, IPv4: true, IPv6: true}
}

// texts are the addresses as text, with weight and backup where they say something.
func texts(all []Address) []string {
	out := []string{}
	for _, a := range all {
		s := a.String()
		if a.Weight != 1 {
			s += fmt.Sprintf(" weight %d", a.Weight)
		}
		if a.Backup {
			s += " backup"
		}
		out = append(out, s)
	}
	return out
}

// foundAt looks a name up and demands these addresses.
func foundAt(t *testing.T, o Options, n Name, want ...string) Answer {
	t.Helper()
	a, err := new(Client).Lookup(t.Context(), o, n)
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	if got := texts(a.Addresses); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s is at %q, want %q", n, got, want)
	}
	return a
}

func TestHost(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("api.internal", 30, "10.0.0.2", "10.0.0.1", "2001:db8::1", "10.0.0.2")
	a := foundAt(t, asking(s.Addr), api, "10.0.0.1", "10.0.0.2", "2001:db8::1")
	if a.TTL != 30*time.Second || a.Err != nil {
		t.Errorf("TTL %v, error %v, want 30 s and none", a.TTL, a.Err)
	}
	if n := s.Asked("api.internal"); n != 2 {
		t.Errorf("%d questions, want one of A and one of AAAA", n)
	}
}

func TestOneFamily(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("api.internal", 30, "10.0.0.1", "2001:db8::1")
	o := asking(s.Addr)
	o.IPv6 = false
	foundAt(t, o, api, "10.0.0.1")
	o.IPv4, o.IPv6 = false, true
	foundAt(t, o, api, "2001:db8::1")
	if n := s.Asked("api.internal"); n != 2 {
		t.Errorf("%d questions, want one each time", n)
	}
}

// The shortest of all TTLs on the way counts.
func TestAliases(t *testing.T) {
	s := dnstest.Start(t)
	s.Alias("api.internal", 20, "lb.internal")
	s.Alias("lb.internal", 5, "LB7.internal")
	s.Addresses("lb7.internal", 60, "10.0.0.1")
	if a := foundAt(t, asking(s.Addr), api, "10.0.0.1"); a.TTL != time.Second { // of there being no AAAA
		t.Errorf("TTL %v, want 1 s", a.TTL)
	}
	o := asking(s.Addr)
	o.IPv6 = false
	if a := foundAt(t, o, api, "10.0.0.1"); a.TTL != 5*time.Second {
		t.Errorf("TTL %v, want that of the alias, 5 s", a.TTL)
	}
	s.Alias("lb7.internal", 5, "api.internal") // round and round
	foundAt(t, o, api)
}

// An answer that does not fit comes over TCP, from the same server.
func TestTruncated(t *testing.T) {
	s := dnstest.Start(t)
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("10.0.%d.%d", i/100, i%100+1))
	}
	s.Addresses("api.internal", 30, many...)
	o := asking(s.Addr)
	o.IPv6 = false
	a, err := new(Client).Lookup(t.Context(), o, api)
	if err != nil || len(a.Addresses) != 200 {
		t.Errorf("%d addresses, %v, want all 200", len(a.Addresses), err)
	}
}

func TestNothingThere(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("empty.internal", 30)
	for _, n := range []Name{api, http, {Host: "empty.internal"}} {
		if a := foundAt(t, asking(s.Addr), n); a.TTL != time.Second {
			t.Errorf("%s: TTL %v, want that of the zone, 1 s", n, a.TTL)
		}
	}
	s.Do(func(q dnstest.Query) *dnsmessage.Message { // without a word on how long
		return &dnsmessage.Message{Header: dnsmessage.Header{RCode: dnsmessage.RCodeNameError}}
	})
	if a := foundAt(t, asking(s.Addr), api); a.TTL != 10*time.Second {
		t.Errorf("TTL %v, want 10 s as NGINX has it", a.TTL)
	}
}

// TestNothingIsKept: with Keep it is no answer that there is nothing, also of a host
// that a service names, and one line says so of both families. That a service is not
// given is an answer even so.
func TestNothingIsKept(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("empty.internal", 30)
	s.Addresses("one.internal", 30, "10.0.0.1")
	s.Services("_http._tcp.api.internal", 30, dnstest.SRV{Port: 80, Target: "one.internal"}, dnstest.SRV{Port: 81, Target: "gone.internal"})
	s.Services("_no._tcp.api.internal", 30, dnstest.SRV{Target: "."})
	o := asking(s.Addr)
	o.Keep = true
	for _, n := range []Name{api, {Host: "gone.internal", Service: "http"}, {Host: "empty.internal"}} {
		want := n.String() + ": there is no such name, or it has no addresses"
		if a, err := new(Client).Lookup(t.Context(), o, n); err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v, want the failure %q", n, a.Addresses, err, want)
		}
	}
	a := foundAt(t, o, http, "10.0.0.1:80")
	if want := []Part{{Host: "gone.internal"}, {Host: "gone.internal", IPv6: true}}; a.Err == nil || !slices.Equal(a.Lost, want) {
		t.Errorf("lost %v, error %v, want %v", a.Lost, a.Err, want)
	}
	foundAt(t, o, Name{Host: "api.internal", Service: "no"})
	o.IPv6 = false
	foundAt(t, o, Name{Host: "one.internal"}, "10.0.0.1")
}

// TestOneLine: whatever has failed, the error is for one line.
func TestOneLine(t *testing.T) {
	s := dnstest.Start(t)
	s.Fails("api.internal", dnsmessage.RCodeServerFailure)
	s.Services("_http._tcp.api.internal", 30, dnstest.SRV{Port: 80, Target: "api.internal"}, dnstest.SRV{Port: 81, Target: "api.internal"})
	for _, n := range []Name{api, http} {
		_, err := new(Client).Lookup(t.Context(), asking(s.Addr), n)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "; api.internal AAAA: ") {
			t.Errorf("%s: %q, want both families on one line", n, err)
		}
	}
}

// Answers that are none: the next server is asked.
func TestFailOver(t *testing.T) {
	good := dnstest.Start(t)
	good.Addresses("api.internal", 30, "10.0.0.1")
	header := func(code dnsmessage.RCode) dnstest.Handler {
		return func(dnstest.Query) *dnsmessage.Message {
			return &dnsmessage.Message{Header: dnsmessage.Header{RCode: code}}
		}
	}
	for name, h := range map[string]dnstest.Handler{
		"SERVFAIL": header(dnsmessage.RCodeServerFailure),
		"REFUSED":  header(dnsmessage.RCodeRefused),
		"lame":     header(dnsmessage.RCodeSuccess),
		"silent":   func(dnstest.Query) *dnsmessage.Message { return nil },
		"wrong id": func(q dnstest.Query) *dnsmessage.Message {
			m := good.Zone(q)
			m.ID = q.ID + 1
			return m
		},
		"another question": func(q dnstest.Query) *dnsmessage.Message {
			m := good.Zone(q)
			m.Questions = []dnsmessage.Question{{Name: dnsmessage.MustNewName("evil.internal."), Type: q.Questions[0].Type, Class: dnsmessage.ClassINET}}
			return m
		},
		"two questions": func(q dnstest.Query) *dnsmessage.Message {
			m := good.Zone(q)
			m.Questions = append(q.Questions[:1:1], q.Questions[0])
			return m
		},
		"truncated over TCP": func(q dnstest.Query) *dnsmessage.Message {
			return &dnsmessage.Message{Header: dnsmessage.Header{Truncated: true}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := dnstest.Start(t)
			bad.Do(h)
			c := &Client{patience: 100 * time.Millisecond}
			a, err := c.Lookup(t.Context(), asking(bad.Addr, good.Addr), api)
			if err != nil || len(a.Addresses) != 1 {
				t.Fatalf("addresses %v, %v, want that of the good server", a.Addresses, err)
			}
			// From now on the good one is asked first.
			asked := bad.Asked("api.internal")
			if _, err := c.Lookup(t.Context(), asking(bad.Addr, good.Addr), api); err != nil {
				t.Fatal(err)
			}
			if n := bad.Asked("api.internal") - asked; n != 0 {
				t.Errorf("the bad server was asked %d times more", n)
			}
		})
	}
}

// One server that fails is asked once more only when it said nothing: a datagram
// may have been lost.
func TestAskedAgain(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("api.internal", 30, "10.0.0.1")
	s.Do(func(q dnstest.Query) *dnsmessage.Message {
		if q.N < 3 {
			return nil
		}
		return s.Zone(q)
	})
	c := &Client{patience: 50 * time.Millisecond}
	if a, err := c.Lookup(t.Context(), asking(s.Addr), api); err != nil || len(a.Addresses) != 1 {
		t.Errorf("addresses %v, %v, want one after two lost datagrams", a.Addresses, err)
	}
	s.Do(nil)
	s.Fails("broken.internal", dnsmessage.RCodeServerFailure)
	_, err := c.Lookup(t.Context(), asking(s.Addr), Name{Host: "broken.internal"})
	if err == nil || !strings.Contains(err.Error(), "SERVFAIL") || s.Asked("broken.internal") != 2 {
		t.Errorf("%v after %d questions, want SERVFAIL after one of each type", err, s.Asked("broken.internal"))
	}
}

func TestTimeout(t *testing.T) {
	s := dnstest.Start(t)
	s.Do(func(dnstest.Query) *dnsmessage.Message { return nil })
	o := asking(s.Addr)
	o.Timeout = 120 * time.Millisecond
	c := &Client{patience: 50 * time.Millisecond}
	_, err := c.Lookup(t.Context(), o, api)
	if !errors.Is(err, errSilent) || !strings.Contains(err.Error(), s.Addr+": no answer in time") {
		t.Errorf("error %v, want who did not answer", err)
	}
	if n := s.Asked("api.internal"); n > 6 {
		t.Errorf("%d questions in 120 ms at 50 ms each", n)
	}
}

// A server that does not know EDNS0 is asked without.
func TestOldServer(t *testing.T) {
	for _, code := range []dnsmessage.RCode{dnsmessage.RCodeFormatError, dnsmessage.RCodeNotImplemented} {
		s := dnstest.Start(t)
		s.Addresses("api.internal", 30, "10.0.0.1")
		s.Do(func(q dnstest.Query) *dnsmessage.Message {
			if len(q.Additionals) > 0 {
				m := &dnsmessage.Message{Header: dnsmessage.Header{RCode: code}}
				if code == dnsmessage.RCodeFormatError {
					m.Questions = []dnsmessage.Question{} // not nil: none
				}
				return m
			}
			return s.Zone(q)
		})
		foundAt(t, asking(s.Addr), api, "10.0.0.1")

		var many []string // more than fit without EDNS0: they come over TCP
		for i := range 100 {
			many = append(many, fmt.Sprintf("10.0.0.%d", i+1))
		}
		s.Addresses("api.internal", 30, many...)
		o := asking(s.Addr)
		o.IPv6 = false
		if a, err := new(Client).Lookup(t.Context(), o, api); err != nil || len(a.Addresses) != len(many) {
			t.Errorf("%v: %d addresses, %v, want all %d", code, len(a.Addresses), err, len(many))
		}
	}
}

// Half an answer is one: what the other half had before is taken for true.
func TestHalf(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("api.internal", 30, "10.0.0.1")
	s.Do(func(q dnstest.Query) *dnsmessage.Message {
		if q.Questions[0].Type == dnsmessage.TypeAAAA {
			return &dnsmessage.Message{Header: dnsmessage.Header{RCode: dnsmessage.RCodeServerFailure}}
		}
		return s.Zone(q)
	})
	a := foundAt(t, asking(s.Addr), api, "10.0.0.1")
	if a.Err == nil || !slices.Equal(a.Lost, []Part{{Host: "api.internal", IPv6: true}}) {
		t.Errorf("lost %v, error %v, want IPv6", a.Lost, a.Err)
	}
	before := []Address{{Host: "api.internal", IP: ip("10.0.0.9"), Weight: 1}, {Host: "api.internal", IP: ip("2001:db8::1"), Weight: 1}}
	if got := texts(a.with(before).Addresses); !slices.Equal(got, []string{"10.0.0.1", "2001:db8::1"}) {
		t.Errorf("with what was known before: %q", got)
	}
	s.Remove("api.internal")
	if a, err := new(Client).Lookup(t.Context(), asking(s.Addr), api); err == nil {
		t.Errorf("no A and AAAA lost is %v, want an error: nothing is known", a)
	}
}

// Whoever can send to our port from another one than the server's is not heard.
func TestForeignSource(t *testing.T) {
	s := dnstest.Start(t)
	s.Addresses("api.internal", 30, "10.0.0.1")
	// A relay between us: it learns our port and number, and has another socket lie.
	relay, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	liar, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer liar.Close()
	done := make(chan struct{})
	var lies atomic.Int32
	go func() {
		defer close(done)
		in := make([]byte, 4096)
		for {
			n, from, err := relay.ReadFrom(in)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(in[:n]) != nil {
				continue
			}
			lie := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
			lie.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60},
				Body:   &dnsmessage.AResource{A: [4]byte{6, 6, 6, 6}},
			}}
			out, _ := lie.Pack()
			if _, err := liar.WriteTo(out, from); err == nil {
				lies.Add(1)
			}
			m := s.Zone(dnstest.Query{Message: q})
			m.ID, m.Response, m.Questions = q.ID, true, q.Questions
			out, _ = m.Pack()
			_, _ = relay.WriteTo(out, from)
		}
	}()
	o := asking(relay.LocalAddr().String())
	o.IPv6 = false
	foundAt(t, o, api, "10.0.0.1")
	relay.Close()
	<-done
	if lies.Load() == 0 {
		t.Error("nobody has lied: the test shows nothing")
	}
}

func TestNamesThatCannotBeAsked(t *testing.T) {
	s := dnstest.Start(t)
	for _, host := range []string{strings.Repeat("a", 64) + ".internal", strings.Repeat("a.", 127) + "internal"} {
		if _, err := new(Client).Lookup(t.Context(), asking(s.Addr), Name{Host: host}); err == nil || !strings.Contains(err.Error(), "cannot be asked for") {
			t.Errorf("%s: %v, want that it cannot be asked for", host, err)
		}
	}
}

// Nobody listens there: that is said at once, and only what was asked.
func TestNobodyThere(t *testing.T) {
	ln, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	_, err = new(Client).Lookup(t.Context(), asking(ln.LocalAddr().String()), api)
	if err == nil || !strings.Contains(err.Error(), ln.LocalAddr().String()+": ") || strings.Contains(err.Error(), "->") {
		t.Errorf("error %v, want the server's address and no port of ours", err)
	}
	if errors.Is(err, errSilent) {
		t.Errorf("%v: it was not silent", err)
	}
}
