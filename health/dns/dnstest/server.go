// Package dnstest is a DNS server for tests: a real one, over UDP and TCP on a
// loopback port, that says what it is told to say.
//
// It is for tests alone, and knows nothing of who asks.
package dnstest

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Query is one message that came in.
type Query struct {
	dnsmessage.Message
	TCP bool
	N   int // of this name and type: 1, 2, ...
	// Size is how large an answer over UDP may be, in bytes.
	Size int
}

// Handler makes the answer to a query; nil is silence. Its number and question are
// filled in unless it has some.
type Handler func(q Query) *dnsmessage.Message

// Server answers from its zone, or as a Handler says. All methods may be called
// from any goroutine.
type Server struct {
	Addr string // ip:port, UDP and TCP

	mu      sync.Mutex
	zone    map[string]*name
	handler Handler
	asked   map[dnsmessage.Question]int
}

// Start returns a server that lives as long as the test. It knows no name.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{zone: map[string]*name{}, asked: map[dnsmessage.Question]int{}}
	udp, tcp := listen(t)
	s.Addr = udp.LocalAddr().String()
	var wg sync.WaitGroup
	wg.Go(func() { s.datagrams(udp) })
	wg.Go(func() { s.streams(tcp, &wg) })
	t.Cleanup(func() {
		_ = udp.Close()
		_ = tcp.Close()
		wg.Wait()
	})
	return s
}

// listen takes a port that is free for both.
func listen(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 100 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp
		}
		_ = udp.Close() // somebody else's: another one
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

// Do has every query answered by h instead of the zone; nil: by the zone again.
func (s *Server) Do(h Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = h
}

// Asked is how many queries there were for the name, of any type.
func (s *Server) Asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for q, times := range s.asked {
		if q.Name.String() == name+"." {
			n += times
		}
	}
	return n
}

func (s *Server) datagrams(conn net.PacketConn) {
	in := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(in)
		if err != nil {
			return
		}
		if out := s.answer(in[:n], false); out != nil {
			_, _ = conn.WriteTo(out, from) // who asked may have left
		}
	}
}

func (s *Server) streams(ln net.Listener, wg *sync.WaitGroup) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // a test must not hang on it
			var length [2]byte
			if _, err := io.ReadFull(conn, length[:]); err != nil {
				return
			}
			in := make([]byte, binary.BigEndian.Uint16(length[:]))
			if _, err := io.ReadFull(conn, in); err != nil {
				return
			}
			if out := s.answer(in, true); out != nil {
				_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
			}
		})
	}
}

// answer is what goes back; nil: nothing.
func (s *Server) answer(in []byte, tcp bool) []byte {
	var m dnsmessage.Message
	if m.Unpack(in) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := Query{Message: m, TCP: tcp, Size: 512}
	for _, r := range m.Additionals {
		if r.Header.Type == dnsmessage.TypeOPT {
			q.Size = int(r.Header.Class)
		}
	}
	s.mu.Lock()
	s.asked[m.Questions[0]]++
	q.N = s.asked[m.Questions[0]]
	handler := s.handler
	s.mu.Unlock()
	if handler == nil {
		handler = s.Zone
	}
	out := handler(q)
	if out == nil {
		return nil
	}
	if out.ID == 0 {
		out.ID = m.ID
	}
	if out.Questions == nil {
		out.Questions = m.Questions
	}
	out.Response = true
	packed, err := out.Pack()
	if err != nil {
		return nil
	}
	if !tcp && len(packed) > q.Size {
		packed, _ = (&dnsmessage.Message{
			Header:    dnsmessage.Header{ID: out.ID, Response: true, Truncated: true, RecursionAvailable: true},
			Questions: out.Questions,
		}).Pack()
	}
	return packed
}
