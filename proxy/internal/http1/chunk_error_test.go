package http1

import (
	"errors"
	"strings"
	"testing"
)

// The errors of chunked bodies, and good ones beside them, by their rows in the table
// of bad inputs.
var chunkErrors = []struct {
	row, name, body string
	want            error
	data            string
}{
	{"41", "LF in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n", ErrChunkExt, ""},
	{"41", "CR in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"42", "NUL in an extension", "3;a\x00\r\nabc\r\n0\r\n\r\n", ErrChunkExt, ""},
	{"42", "extension too long", "3;" + strings.Repeat("a", 4<<10) + "\r\nabc\r\n0\r\n\r\n", ErrChunkExt, ""},
	{"42", "longest extension", "3;" + strings.Repeat("a", 4<<10-1) + "\r\nabc\r\n0\r\n\r\n", nil, "abc"},
	{"42", "extensions over 80 %", strings.Repeat("1;"+strings.Repeat("a", 100)+"\r\nx\r\n", 100) + "0\r\n\r\n", ErrChunkWaste, strings.Repeat("x", 42)},
	{"42", "one byte chunks", strings.Repeat("1\r\nx\r\n", 10000) + "0\r\n\r\n", nil, strings.Repeat("x", 10000)},
	{"42", "legal extension", "3;a=\"b c\"\r\nabc\r\n0;z\r\n\r\n", nil, "abc"},
	{"43", "size 0x3", "0x3\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"43", "size -3", "-3\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"43", "size +3", "+3\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"43", "17 digits", "00000000000000003\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"43", "16 digits", "0000000000000003\r\nabc\r\n0\r\n\r\n", nil, "abc"},
	{"43", "above the largest size", "8000000000000000\r\n", ErrChunkSize, ""},
	{"43", "empty size", "\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"43", "only an extension", ";a\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"44", "space behind the size", "3 \r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"44", "space before the extension", "3 ;a\r\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"45", "bare LF behind the size", "3\nabc\r\n0\r\n\r\n", ErrChunkSize, ""},
	{"45", "bare LF behind the data", "3\r\nabc\n0\r\n\r\n", ErrChunkEnd, "abc"},
	{"45", "data longer than its size", "3\r\nabcd\r\n0\r\n\r\n", ErrChunkEnd, "abc"},
	{"45", "bare LF at the end", "3\r\nabc\r\n0\r\n\n", ErrTrailer, "abc"},
	{"45", "CR X at the end", "3\r\nabc\r\n0\r\n\rX", ErrTrailer, "abc"},
	{"45", "bare LF in a trailer", "0\r\nX: y\n\r\n", ErrTrailer, ""},
	{"45", "control and bare LF in a trailer", "0\r\nX: y\x01\n\r\n", ErrTrailer, ""},
	{"45", "bad trailer", "0\r\nX y\r\n\r\n", ErrTrailer, ""},
	{"45", "trailers too large", "0\r\nX: " + strings.Repeat("a", 32<<10) + "\r\n\r\n", ErrTrailer, ""},
	{"45", "101 trailers", "0\r\n" + strings.Repeat("X: y\r\n", 101) + "\r\n", ErrTrailer, ""},
}

func TestChunkErrors(t *testing.T) {
	for _, tt := range chunkErrors {
		t.Run("row "+tt.row+" "+tt.name, func(t *testing.T) {
			var c ChunkDecoder
			data, rest, done, err := decode(&c, []byte(tt.body))
			if !errors.Is(err, tt.want) || string(data) != tt.data {
				t.Errorf("decode(%.60q) = %q, %v, want %q, %v", tt.body, data, err, tt.data, tt.want)
			}
			if done != (tt.want == nil) || done && len(rest) != 0 {
				t.Errorf("decode(%.60q): done = %v, %d bytes left", tt.body, done, len(rest))
			}
		})
	}
}

// decode drives c over one piece as a copy loop does.
func decode(c *ChunkDecoder, in []byte) (data, rest []byte, done bool, err error) {
	for len(in) > 0 && !done && err == nil {
		var part []byte
		var n int
		part, n, done, err = c.Next(in)
		data = append(data, part...)
		in = in[n:]
	}
	return data, in, done, err
}
