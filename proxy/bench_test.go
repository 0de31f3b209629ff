package proxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// BenchmarkGet is one connection, one request at a time.
func BenchmarkGet(b *testing.B) {
	r := start(b, one(b, cannedBackend(b)), Options{})
	once := roundTrips(b, r)
	b.ReportAllocs()
	for b.Loop() {
		once()
	}
}

// BenchmarkGetParallel is 64 connections at once. Client and backend run in the
// same process: the share of the proxy is about half.
func BenchmarkGetParallel(b *testing.B) {
	r := start(b, one(b, cannedBackend(b)), Options{})
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		once := roundTrips(b, r)
		for pb.Next() {
			once()
		}
	})
}

// BenchmarkBody is answers that are streamed.
func BenchmarkBody(b *testing.B) {
	for _, size := range []int{64 << 10, 1 << 20} {
		for _, chunked := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dKiB/chunked=%v", size>>10, chunked), func(b *testing.B) {
				answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size)))
				if chunked {
					answer = []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n",
						strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", 32<<10, strings.Repeat("x", 32<<10)), size>>15)))
				}
				r := start(b, one(b, respondingWith(b, answer)), Options{})
				once := bodyTrips(b, r, chunked)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					once()
				}
			})
		}
	}
}

func respondingWith(b *testing.B, answer []byte) string {
	end := []byte("\r\n\r\n")
	return rawBackend(b, func(nc net.Conn, _ *bufio.Reader) {
		buf := make([]byte, 4096)
		for {
			n, err := nc.Read(buf)
			if err != nil {
				return
			}
			if bytes.HasSuffix(buf[:n], end) {
				nc.Write(answer)
			}
		}
	})
}

// bodyTrips reads answers up to their end without parsing them.
func bodyTrips(b *testing.B, r *rig, chunked bool) func() {
	c := r.dial(b)
	c.SetDeadline(noDeadline)
	first, buf, last := true, make([]byte, 256<<10), []byte("\r\n0\r\n\r\n")
	rest := 0
	return func() {
		if _, err := io.WriteString(c.Conn, plainGet); err != nil {
			b.Fatal(err)
		}
		if chunked {
			for {
				n, err := c.Conn.Read(buf)
				if err != nil {
					b.Fatal(err)
				}
				if bytes.HasSuffix(buf[:n], last) {
					return
				}
			}
		}
		if first {
			g := c.receive("GET")
			first = false
			rest = len(g.body) + headLength(g)
			return
		}
		for n := 0; n < rest; {
			m, err := c.Conn.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			n += m
		}
	}
}

// headLength is how long the answer's head was on the wire.
func headLength(g got) int {
	n := len("HTTP/1.1 200 OK\r\n\r\n")
	for k, vs := range g.Header {
		for _, v := range vs {
			n += len(k) + len(": \r\n") + len(v)
		}
	}
	return n
}

// roundTrips returns a function that sends one GET and reads its answer.
func roundTrips(t testing.TB, r *rig) func() { return roundTripsOf(t, r, plainGet) }

func roundTripsOf(t testing.TB, r *rig, text string) func() {
	c := r.dial(t)
	c.SetDeadline(noDeadline)
	request, buf := []byte(text), make([]byte, 4096)
	size := 0 // of one answer
	return func() {
		if _, err := c.Conn.Write(request); err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			n, err := c.Conn.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			size = n
			return
		}
		if _, err := io.ReadFull(c.Conn, buf[:size]); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkMirror is BenchmarkGet with so many percent of the requests copied.
func BenchmarkMirror(b *testing.B) {
	for _, percent := range []float64{0.0001, 20, 100} {
		b.Run(fmt.Sprintf("%g", percent), func(b *testing.B) {
			up := mirrored(b, cannedBackend(b), cannedBackend(b), func(m *Mirror) { m.Share = percent / 100 })
			r, _ := startMirrored(b, up)
			once := roundTrips(b, r)
			b.ReportAllocs()
			for b.Loop() {
				once()
			}
		})
	}
}
