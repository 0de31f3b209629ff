package http1

import (
	"errors"
	"strings"
	"testing"
)

// The errors of heads from endpoints, by their rows in the table of bad inputs. The
// answer to each is 502.
var responseErrors = []struct {
	row, name string
	head      string
	want      error
}{
	{"53", "101 not asked for", message("HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: upgrade"), ErrSwitching},
	{"59", "two lengths", message("HTTP/1.1 200 OK", "Content-Length: 3", "Content-Length: 3"), ErrFraming},
	{"59", "length list", message("HTTP/1.1 200 OK", "Content-Length: 3, 3"), ErrFraming},
	{"59", "bad length", message("HTTP/1.1 200 OK", "Content-Length: 3x"), ErrFraming},
	{"59", "huge length", message("HTTP/1.1 200 OK", "Content-Length: 99999999999999999999"), ErrFraming},
	{"60", "length and chunked", message("HTTP/1.1 200 OK", "Content-Length: 3", "Transfer-Encoding: chunked"), ErrFraming},
	{"60", "chunked in 1.0", message("HTTP/1.0 200 OK", "Transfer-Encoding: chunked"), ErrFraming},
	{"60", "other coding", message("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"), ErrFraming},
	{"61", "status 000", message("HTTP/1.1 000 X"), ErrStatus},
	{"61", "status 099", message("HTTP/1.1 099 X"), ErrStatus},
	{"61", "status 600", message("HTTP/1.1 600 X"), ErrStatus},
	{"61", "status of two digits", message("HTTP/1.1 20 OK"), ErrStatusLine},
	{"61", "status of four digits", message("HTTP/1.1 2000 OK"), ErrStatusLine},
	{"61", "status with a sign", message("HTTP/1.1 +20 OK"), ErrStatusLine},
	{"62", "NUL in the reason", message("HTTP/1.1 200 O\x00K"), ErrStatusLine},
	{"62", "CR in the reason", message("HTTP/1.1 200 O\rK"), ErrStatusLine},
	{"62", "NUL in a value", message("HTTP/1.1 200 OK", "X: a\x00"), ErrHeader},
	{"62", "CR in a value", message("HTTP/1.1 200 OK", "X: a\rb"), ErrHeader},
	{"62", "space in a name", message("HTTP/1.1 200 OK", "X Y: z"), ErrHeader},
	{"62", "space before the colon", message("HTTP/1.1 200 OK", "X : z"), ErrHeader},
	{"62", "fold", message("HTTP/1.1 200 OK", "X: y", " z"), ErrHeader},
	{"63", "HTTP/2.0", message("HTTP/2.0 200 OK"), ErrVersion},
	{"63", "ICY", message("ICY 200 OK"), ErrStatusLine},
	{"66", "head too large", message("HTTP/1.1 200 OK", "X: "+strings.Repeat("a", 32<<10)), ErrHeadSize},
	{"66", "101 lines", message("HTTP/1.1 200 OK", lines(101)...), ErrHeadSize},
	{"67", "LF only", "HTTP/1.1 200 OK\nContent-Length: 3\n\n", ErrStatusLine},
	{"67", "LF LF", "HTTP/1.1 200 OK\r\nContent-Length: 3\n\n", ErrHeader},
	{"67", "empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", ErrStatusLine},
	{"", "no space behind the status", message("HTTP/1.1 200"), nil},
	{"", "empty reason", message("HTTP/1.1 200 "), nil},
	{"", "reason beyond ASCII", message("HTTP/1.1 200 Tr\xe8s bien"), nil},
}

func TestResponseErrors(t *testing.T) {
	for _, tt := range responseErrors {
		t.Run("row "+tt.row+" "+tt.name, func(t *testing.T) {
			var r Response
			if err := r.Parse(headOf(t, tt.head), false); !errors.Is(err, tt.want) {
				t.Errorf("Parse(%q) = %v, want %v", tt.head, err, tt.want)
			}
		})
	}
}
