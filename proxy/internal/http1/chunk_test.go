package http1

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Row 46: what a trailer must not say is dropped, the rest is kept as it came.
func TestTrailers(t *testing.T) {
	body := "0\r\nx-SUM:  1 \r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nHost: a\r\nAuthorization: b\r\n" +
		"Cookie: c\r\nSet-Cookie: d\r\nX-Forwarded-For: e\r\nX_Under: f\r\nConnection: close\r\nContent-Type: g\r\n" +
		"X-Weir-Version: h\r\nGrpc-Status: 0\r\n\r\nnext"
	var c ChunkDecoder
	_, rest, done, err := decode(&c, []byte(body))
	if !done || err != nil || string(rest) != "next" {
		t.Fatalf("done %v, rest %q, error %v", done, rest, err)
	}
	if got, want := string(c.Trailers()), "x-SUM:  1 \r\nGrpc-Status: 0\r\n"; got != want {
		t.Errorf("Trailers = %q, want %q", got, want)
	}
	if got, want := string(AppendLastChunk(nil, c.Trailers())), "0\r\nx-SUM:  1 \r\nGrpc-Status: 0\r\n\r\n"; got != want {
		t.Errorf("AppendLastChunk = %q, want %q", got, want)
	}
	if data, n, done, err := c.Next([]byte("next")); len(data) != 0 || n != 0 || !done || err != nil {
		t.Errorf("Next after the end = %q, %d, %v, %v, want nothing taken", data, n, done, err)
	}
	c.Reset()
	if _, _, done, err := decode(&c, []byte("0\r\n\r\n")); !done || err != nil || len(c.Trailers()) != 0 {
		t.Errorf("after Reset: done %v, error %v, trailers %q", done, err, c.Trailers())
	}
}

// A long trailer section must not stay with a reused decoder.
func TestResetLetsLargeTrailersGo(t *testing.T) {
	var c ChunkDecoder
	if _, _, done, err := decode(&c, []byte("0\r\nX: "+strings.Repeat("a", 30<<10)+"\r\n\r\n")); !done || err != nil {
		t.Fatalf("done %v, error %v", done, err)
	}
	c.Reset()
	if n := cap(c.line) + cap(c.kept); n != 0 {
		t.Errorf("%d bytes kept", n)
	}
}

func TestNextAfterAnError(t *testing.T) {
	var c ChunkDecoder
	if _, _, _, err := c.Next([]byte("x")); err == nil {
		t.Fatal("a bad size was accepted")
	}
	if data, n, done, err := c.Next([]byte("0\r\n\r\n")); len(data) != 0 || n != 0 || done || !errors.Is(err, ErrChunkSize) {
		t.Errorf("Next = %q, %d, %v, %v, want the same error and nothing taken", data, n, done, err)
	}
}

func TestAppendChunk(t *testing.T) {
	if got := AppendChunk([]byte("x"), nil); string(got) != "x" {
		t.Errorf("AppendChunk of nothing = %q, want nothing: it would end the body", got)
	}
	if got := AppendChunk([]byte("x"), bytes.Repeat([]byte("a"), 26)); string(got) != "x1a\r\n"+strings.Repeat("a", 26)+"\r\n" {
		t.Errorf("AppendChunk = %q", got)
	}
}

// What was written in chunks of any size is read back whole, however the bytes
// arrive, and what follows the body is left alone.
func TestChunkedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wire, want []byte
		for _, part := range rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 40)).Draw(t, "parts") {
			want = append(want, part...)
			wire = AppendChunk(wire, part)
		}
		trailers := rapid.SampledFrom([]string{"", "X-A: b\r\n", "X-A: b\r\nX-C:\r\n"}).Draw(t, "trailers")
		wire = AppendLastChunk(wire, []byte(trailers))
		const next = "GET / HTTP/1.1\r\n"
		wire = append(wire, next...)

		var c ChunkDecoder
		got, left, outcome := feed(&c, wire, func(most int) int { return rapid.IntRange(1, most).Draw(t, "piece") })
		if !bytes.Equal(got, want) || outcome != "done" || left != len(next) || string(c.Trailers()) != trailers {
			t.Fatalf("%q: %s, data %q, trailers %q, %d bytes left", wire, outcome, got, c.Trailers(), left)
		}
	})
}

// Any split of any input, good or bad, ends in the same data, the same end and
// the same error.
func TestChunkedSplits(t *testing.T) {
	piece := rapid.SampledFrom([]string{"3\r\nabc\r\n", "0\r\n", "\r\n", "a", "1;x=y\r\nz\r\n", "\r", "\n", "X: y\r\n", "00", " ", "X:y", "\x00"})
	rapid.Check(t, func(t *rapid.T) {
		wire := []byte(strings.Join(rapid.SliceOfN(piece, 0, 10).Draw(t, "wire"), ""))
		var whole, split ChunkDecoder
		data, left, outcome := feed(&whole, wire, func(most int) int { return most })
		got, leftSplit, outcomeSplit := feed(&split, wire, func(most int) int { return rapid.IntRange(1, most).Draw(t, "piece") })
		if !bytes.Equal(got, data) || outcomeSplit != outcome || outcome == "done" && leftSplit != left {
			t.Fatalf("%q: split %q, %s, %d left; whole %q, %s, %d left", wire, got, outcomeSplit, leftSplit, data, outcome, left)
		}
		if string(whole.Trailers()) != string(split.Trailers()) {
			t.Fatalf("%q: trailers %q and %q", wire, split.Trailers(), whole.Trailers())
		}
	})
}

// feed gives wire to c in pieces; size chooses each piece's length, up to max.
// outcome is "done", "more" or the error.
func feed(c *ChunkDecoder, wire []byte, size func(most int) int) (data []byte, left int, outcome string) {
	for len(wire) > 0 {
		piece := wire[:size(len(wire))]
		part, rest, done, err := decode(c, piece)
		data = append(data, part...)
		wire = wire[len(piece)-len(rest):]
		if done || err != nil {
			return data, len(wire), map[bool]string{true: "done", false: fmt.Sprint(err)}[done]
		}
	}
	return data, 0, "more"
}
