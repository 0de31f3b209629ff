package http1

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHeadEnd(t *testing.T) {
	tests := []struct {
		name, in string
		want     int
	}{
		{"empty", "", -1},
		{"request line only", "GET / HTTP/1.1\r\n", -1},
		{"half an empty line", "GET / HTTP/1.1\r\n\r", -1},
		{"no fields", "GET / HTTP/1.1\r\n\r\n", 18},
		{"body behind it", "GET / HTTP/1.1\r\nA: b\r\n\r\nbody\r\n\r\n", 24},
		{"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", 22},
		{"only empty lines", "\r\n\r\n", -1},
		{"CR of an empty line", "\r", -1},
		{"too many empty lines", "\r\n\r\n\r\n\r\n\r\n", 10},
		{"bare LF ends it", "GET / HTTP/1.1\nA: b", 15},
		{"bare LF as the empty line", "GET / HTTP/1.1\r\n\nA", 17},
		{"LF first", "\nGET", 1},
		{"TLS", "\x16\x03\x01\x02\x00", 1},
		{"space first", " GET", 1},
	}
	for _, tt := range tests {
		if got := HeadEnd([]byte(tt.in), 0); got != tt.want {
			t.Errorf("%s: HeadEnd(%q) = %d, want %d", tt.name, tt.in, got, tt.want)
		}
	}
}

// A head that arrives byte by byte ends with its last byte.
func TestHeadEndByteByByte(t *testing.T) {
	in := []byte("\r\n" + get("X: y"))
	for n := 1; n <= len(in); n++ {
		want := -1
		if n == len(in) {
			want = n
		}
		if got := HeadEnd(in[:n], n-1); got != want {
			t.Errorf("HeadEnd of %d of %d bytes = %d, want %d", n, len(in), got, want)
		}
	}
}

// However the bytes arrive, the head ends where it ends when all are there.
func TestHeadEndInPieces(t *testing.T) {
	piece := rapid.SampledFrom([]string{"\r\n", "\r", "\n", "GET / HTTP/1.1", "A: b", "x", " "})
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "in"), ""))
		whole := HeadEnd(in, 0)
		from, got := 0, -1
		for got < 0 && from < len(in) {
			n := rapid.IntRange(from+1, len(in)).Draw(t, "n")
			got = HeadEnd(in[:n], from)
			from = n
		}
		if got != whole {
			t.Fatalf("HeadEnd(%q) in pieces = %d, whole %d", in, got, whole)
		}
	})
}

func TestTooLarge(t *testing.T) {
	long := "GET /" + strings.Repeat("a", 40<<10)
	tests := []struct {
		name, in string
		want     *Reject
	}{
		{"one endless line", long, rejectTargetLong},
		{"endless behind empty lines", "\r\n\r\n" + long, rejectTargetLong},
		{"long request line", long + " HTTP/1.1\r\n", rejectTargetLong},
		{"endless fields", "GET / HTTP/1.1\r\nA: " + strings.Repeat("a", 40<<10), rejectHead},
	}
	for _, tt := range tests {
		if got := TooLarge([]byte(tt.in), DefaultLimits); got != tt.want {
			t.Errorf("%s: TooLarge = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestRequestLine(t *testing.T) {
	for _, tt := range []struct{ in, method, target string }{
		{"", "", ""},
		{"GE", "", ""},
		{"GET ", "GET", ""},
		{"GET /a", "GET", "/a"},
		{"\r\nGET /a?b HTTP/1.1\r\nHost", "GET", "/a?b"},
		{"GET /a\x00b HTTP/1.1\r\n", "GET", "/a"},
		{"\x16\x03\x01", "", ""},
	} {
		if method, target := RequestLine([]byte(tt.in)); string(method) != tt.method || string(target) != tt.target {
			t.Errorf("%q: %q %q, want %q %q", tt.in, method, target, tt.method, tt.target)
		}
	}
}
