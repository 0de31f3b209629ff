package http1

import (
	"errors"
	"strings"
	"testing"
)

const host = "Host: a\r\n"

// The rows of the table of bad inputs, by their numbers there, that a
// request head can show. Rows not here belong to the body, the response or
// the connection.
var requestRows = []struct {
	row, name string
	head      string
	status    int // 0: forwarded
	reason    string
	keep      bool
}{
	{"1", "length and chunked", post("Content-Length: 3", "Transfer-Encoding: chunked"), 400, "framing", false},
	{"1", "chunked and length", post("Transfer-Encoding: chunked", "Content-Length: 3"), 400, "framing", false},
	{"2", "two equal lengths", post("Content-Length: 3", "Content-Length: 3"), 400, "framing", false},
	{"2", "two lengths", post("Content-Length: 3", "content-length: 4"), 400, "framing", false},
	{"3", "length list", post("Content-Length: 3, 3"), 400, "framing", false},
	{"3", "length plus", post("Content-Length: +3"), 400, "framing", false},
	{"3", "length minus", post("Content-Length: -3"), 400, "framing", false},
	{"3", "length empty", post("Content-Length:"), 400, "framing", false},
	{"3", "length blank", post("Content-Length:   "), 400, "framing", false},
	{"3", "length hex", post("Content-Length: 0x3"), 400, "framing", false},
	{"3", "length with a space inside", post("Content-Length: 1 3"), 400, "framing", false},
	{"4", "length of 20 digits", post("Content-Length: 10000000000000000000"), 400, "framing", false},
	{"4", "length one too large", post("Content-Length: 9223372036854775808"), 400, "framing", false},
	{"4", "largest length", post("Content-Length: 9223372036854775807"), 0, "", true},
	{"5", "leading zeros", post("Content-Length: 0003"), 0, "", true},
	{"6", "unknown coding", post("Transfer-Encoding: xchunked"), 501, "transfer_coding", false},
	{"6", "gzip, chunked", post("Transfer-Encoding: gzip, chunked"), 501, "transfer_coding", false},
	{"6", "gzip", post("Transfer-Encoding: gzip"), 501, "transfer_coding", false},
	{"7", "chunked not last", post("Transfer-Encoding: chunked, gzip"), 400, "framing", false},
	{"8", "identity", post("Transfer-Encoding: identity"), 400, "framing", false},
	{"8", "identity with length", post("Transfer-Encoding: identity", "Content-Length: 3"), 400, "framing", false},
	{"8", "identity, chunked", post("Transfer-Encoding: identity, chunked"), 400, "framing", false},
	{"9", "two chunked lines", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400, "framing", false},
	{"9", "chunked, chunked", post("Transfer-Encoding: chunked, chunked"), 400, "framing", false},
	{"9", "chunked with a parameter", post("Transfer-Encoding: chunked;a=b"), 400, "framing", false},
	{"9", "chunked with an empty element", post("Transfer-Encoding: chunked,"), 400, "framing", false},
	{"9", "empty coding", post("Transfer-Encoding:"), 400, "framing", false},
	{"9", "quoted", post(`Transfer-Encoding: "chunked"`), 400, "framing", false},
	{"10", "VT", post("Transfer-Encoding: \vchunked"), 400, "bad_header", false},
	{"10", "FF", post("Transfer-Encoding: chunked\f"), 400, "bad_header", false},
	{"10", "NUL", post("Transfer-Encoding: chunked\x00"), 400, "bad_header", false},
	{"11", "chunked in 1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", 400, "framing", false},
	{"12", "space before the colon", post("Content-Length : 3"), 400, "bad_header", false},
	{"12", "tab before the colon", post("Content-Length\t: 3"), 400, "bad_header", false},
	{"13", "space in a name", get("X Y: z"), 400, "bad_header", false},
	{"13", "space in Transfer Encoding", post("Transfer Encoding: chunked"), 400, "bad_header", false},
	{"14", "empty name", get(": x"), 400, "bad_header", false},
	{"14", "name not a token", get("X(Y): z"), 400, "bad_header", false},
	{"14", "name beyond ASCII", get("X\xe9: z"), 400, "bad_header", false},
	{"14", "no colon", get("XY"), 400, "bad_header", false},
	{"15", "underscore names", post("Content_Length: 3", "X_Forwarded_For: 1.2.3.4"), 0, "", true},
	{"16", "fold", get("X-A: b", " c"), 400, "bad_header", false},
	{"16", "fold with a tab", get("X-A: b", "\tc: d"), 400, "bad_header", false},
	{"17", "blank first line", "GET / HTTP/1.1\r\n \r\n" + host + "\r\n", 400, "bad_header", false},
	{"17", "folded first line", "GET / HTTP/1.1\r\n X: y\r\n" + host + "\r\n", 400, "bad_header", false},
	{"18", "bare LF behind a header", "GET / HTTP/1.1\r\n" + host + "X: y\nZ: w\r\n\r\n", 400, "bad_header", false},
	{"18", "bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bad_version", false},
	{"18", "bare LF as the empty line", "GET / HTTP/1.1\r\n" + host + "\n", 400, "bad_header", false},
	{"19", "LF LF, CRLFCRLF later", "GET / HTTP/1.1\r\n" + host + "X: y\n\nGET /b HTTP/1.1\r\n" + host + "\r\n", 400, "bad_header", false},
	{"20", "bare CR", get("X: a\rb"), 400, "bad_header", false},
	{"20", "CR CR LF", get("X: a\r"), 400, "bad_header", false},
	{"20", "NUL", get("X: a\x00b"), 400, "bad_header", false},
	{"21", "no Host", "GET / HTTP/1.1\r\n\r\n", 400, "bad_host", false},
	{"21", "no Host beside absolute-form", "GET http://b/ HTTP/1.1\r\n\r\n", 400, "bad_host", false},
	{"21", "two Hosts", get("Host: a"), 400, "bad_host", false},
	{"21", "empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad_host", false},
	{"21", "no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", 0, "", false},
	{"22", "Host with a path", getHost("a/b"), 400, "bad_host", false},
	{"22", "Host list", getHost("a, b"), 400, "bad_host", false},
	{"22", "Host list without space", getHost("a,b"), 400, "bad_host", false},
	{"22", "Host encoded", getHost("a%20b"), 400, "bad_host", false},
	{"22", "Host port", getHost("a:80x"), 400, "bad_host", false},
	{"22", "Host port too large", getHost("a:65536"), 400, "bad_host", false},
	{"22", "Host without name", getHost(":80"), 400, "bad_host", false},
	{"22", "Host IPv6 open", getHost("[::1"), 400, "bad_host", false},
	{"22", "Host IPv6 zone", getHost("[fe80::1%25eth0]"), 400, "bad_host", false},
	{"22", "Host in brackets without colons", getHost("[1]"), 400, "bad_host", false},
	{"22", "Host IPv6", getHost("[2001:db8::1]:8080"), 0, "", true},
	{"22", "Host with a port", getHost("a.example:8080"), 0, "", true},
	{"23", "Host userinfo", getHost("u@a"), 400, "bad_host", false},
	{"23", "Host quote", getHost(`a"b`), 400, "bad_host", false},
	{"23", "Host angle", getHost("<a>"), 400, "bad_host", false},
	{"23", "Host beyond ASCII", getHost("b\xfccher"), 400, "bad_host", false},
	{"24", "absolute-form", line("GET http://b/x HTTP/1.1"), 0, "", true},
	{"25", "other scheme", line("GET ftp://b/x HTTP/1.1"), 400, "bad_target", false},
	{"25", "https without TLS", line("GET https://b/x HTTP/1.1"), 400, "bad_target", false},
	{"25", "absolute-form userinfo", line("GET http://u@b/x HTTP/1.1"), 400, "bad_target", false},
	{"25", "absolute-form without host", line("GET http:///x HTTP/1.1"), 400, "bad_target", false},
	{"25", "absolute-form backslash", line(`GET http://b\c/x HTTP/1.1`), 400, "bad_target", false},
	{"26", "two slashes", line("GET //evil/x HTTP/1.1"), 0, "", true},
	{"27", "GET *", line("GET * HTTP/1.1"), 400, "bad_target", false},
	{"27", "GET foo", line("GET foo HTTP/1.1"), 400, "bad_target", false},
	{"27", "empty target", line("GET  HTTP/1.1"), 400, "bad_target", false},
	{"28", "OPTIONS *", line("OPTIONS * HTTP/1.1"), 0, "", true},
	{"29", "CONNECT", line("CONNECT a:443 HTTP/1.1"), 405, "method", false},
	{"29", "CONNECT origin-form", line("CONNECT / HTTP/1.1"), 405, "method", false},
	{"30", "TRACE", line("TRACE / HTTP/1.1"), 405, "method", true},
	{"30", "TRACE with a body", "TRACE / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\n", 405, "method", false},
	{"30", "TRACE and close", "TRACE / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 405, "method", false},
	{"31", "space in the target", line("GET /a b HTTP/1.1"), 400, "bad_version", false},
	{"31", "TAB in the target", line("GET /a\tb HTTP/1.1"), 400, "bad_target", false},
	{"31", "control in the target", line("GET /a\x01b HTTP/1.1"), 400, "bad_target", false},
	{"31", "DEL in the target", line("GET /a\x7fb HTTP/1.1"), 400, "bad_target", false},
	{"31", "NUL in the target", line("GET /a\x00b HTTP/1.1"), 400, "bad_target", false},
	{"31", "two spaces before the version", line("GET /  HTTP/1.1"), 400, "bad_version", false},
	{"31", "trailing space", line("GET / HTTP/1.1 "), 400, "bad_version", false},
	{"32", "bytes from 0x80", line("GET /\xc3\xa9\xff HTTP/1.1"), 0, "", true},
	{"33", "fragment", line("GET /a#b HTTP/1.1"), 400, "bad_target", false},
	{"34", "method not a token", line("G(T / HTTP/1.1"), 400, "bad_method", false},
	{"34", "no method", line(" / HTTP/1.1"), 400, "bad_method", false},
	{"34", "method of 33 bytes", line(strings.Repeat("A", 33) + " / HTTP/1.1"), 501, "method", false},
	{"34", "method of 32 bytes", line(strings.Repeat("A", 32) + " / HTTP/1.1"), 0, "", true},
	{"35", "HTTP/2.0", line("GET / HTTP/2.0"), 505, "version", false},
	{"35", "HTTP/3.7", line("GET / HTTP/3.7"), 505, "version", false},
	{"35", "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505, "version", false},
	{"36", "HTTP/1.2", line("GET / HTTP/1.2"), 0, "", true},
	{"37", "HTTP/0.9", line("GET / HTTP/0.9"), 400, "bad_version", false},
	{"37", "no version", "GET /\r\n\r\n", 400, "bad_target", false},
	{"37", "http/1.1", line("GET / http/1.1"), 400, "bad_version", false},
	{"37", "HTTP/1.10", line("GET / HTTP/1.10"), 400, "bad_version", false},
	{"37", "HTTP/1", line("GET / HTTP/1"), 400, "bad_version", false},
	{"38", "target too long", line("GET /" + strings.Repeat("a", 8<<10) + " HTTP/1.1"), 414, "target_too_long", false},
	{"38", "longest target", line("GET /" + strings.Repeat("a", 8<<10-1) + " HTTP/1.1"), 0, "", true},
	{"38", "target beyond the head", line("GET /" + strings.Repeat("a", 40<<10) + " HTTP/1.1"), 414, "target_too_long", false},
	{"39", "head too large", get("X: " + strings.Repeat("a", 32<<10)), 431, "head_too_large", false},
	{"39", "101 lines", get(lines(100)...), 431, "head_too_large", false},
	{"39", "100 lines", get(lines(99)...), 0, "", true},
	{"40", "5 empty lines", "\r\n\r\n\r\n\r\n\r\n" + get(), 400, "bad_request_line", false},
	{"40", "4 empty lines", "\r\n\r\n\r\n\r\n" + get(), 0, "", true},
	{"49", "100-continue", post("Expect: 100-Continue", "Content-Length: 3"), 0, "", true},
	{"50", "another expectation", post("Expect: y 100-continue"), 417, "expect", false},
	{"50", "empty expectation", post("Expect:"), 417, "expect", false},
	{"50", "two expectations", post("Expect: 100-continue, y"), 417, "expect", false},
	{"51", "close and a name", get("Connection: close, X-Forwarded-For", "X-Forwarded-For: 1.2.3.4"), 0, "", false},
	{"51", "option not a token", get(`Connection: "close"`), 400, "bad_header", false},
	{"51", "33 named fields", get("Connection: " + strings.Repeat("a,", 33)), 400, "bad_header", false},
	{"52", "upgrade without the option", get("Upgrade: websocket"), 0, "", true},
	{"57", "forwarding fields", get("X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4"), 0, "", true},
}

func TestRequestRows(t *testing.T) {
	for _, tt := range requestRows {
		t.Run("row "+tt.row+" "+tt.name, func(t *testing.T) {
			var r Request
			reject := r.Parse(headOf(t, tt.head), DefaultLimits)
			if reject == nil {
				reject = &Reject{Keep: r.KeepAlive}
			}
			if want := (Reject{tt.status, tt.reason, tt.keep}); *reject != want {
				t.Errorf("Parse(%q) = %+v, want %+v", tt.head, *reject, want)
			}
		})
	}
}

// headOf cuts the head off as the connection loop does.
func headOf(t *testing.T, in string) []byte {
	t.Helper()
	n := HeadEnd([]byte(in), 0)
	if n < 0 {
		t.Fatalf("HeadEnd(%q) = -1, want an end", in)
	}
	return []byte(in[:n])
}

func get(fields ...string) string {
	return message("GET / HTTP/1.1", append([]string{"Host: a"}, fields...)...)
}

func post(fields ...string) string {
	return message("POST / HTTP/1.1", append([]string{"Host: a"}, fields...)...)
}

func getHost(h string) string { return message("GET / HTTP/1.1", "Host: "+h) }

func line(l string) string { return message(l, "Host: a") }

func message(first string, fields ...string) string {
	var b strings.Builder
	for _, l := range append([]string{first}, fields...) {
		b.WriteString(l + "\r\n")
	}
	return b.String() + "\r\n"
}

func lines(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "X: y"
	}
	return all
}

// The rows that an upstream's head can show. The answer to each error is 502.
var responseRows = []struct {
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

func TestResponseRows(t *testing.T) {
	for _, tt := range responseRows {
		t.Run("row "+tt.row+" "+tt.name, func(t *testing.T) {
			var r Response
			if err := r.Parse(headOf(t, tt.head), false); !errors.Is(err, tt.want) {
				t.Errorf("Parse(%q) = %v, want %v", tt.head, err, tt.want)
			}
		})
	}
}

// The rows that a chunked body can show, rows 41 to 45.
var chunkRows = []struct {
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

func TestChunkRows(t *testing.T) {
	for _, tt := range chunkRows {
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
