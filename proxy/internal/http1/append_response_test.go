package http1

import "testing"

func TestResponseFraming(t *testing.T) {
	tests := []struct {
		name, in  string
		toHead    bool
		framing   Framing
		length    int64
		keepAlive bool
	}{
		{"length", message("HTTP/1.1 200 OK", "Content-Length: 5"), false, Length, 5, true},
		{"chunked", message("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"), false, Chunked, -1, true},
		{"neither", message("HTTP/1.1 200 OK"), false, UntilClose, -1, false},
		{"close", message("HTTP/1.1 200 OK", "Content-Length: 5", "Connection: close"), false, Length, 5, false},
		{"1.0", message("HTTP/1.0 200 OK", "Content-Length: 5", "Connection: keep-alive"), false, Length, 5, false},
		{"HTTP/1.3 is 1.1", message("HTTP/1.3 200 OK", "Content-Length: 5"), false, Length, 5, true},
		{"HEAD with length", message("HTTP/1.1 200 OK", "Content-Length: 5"), true, NoBody, 5, true},
		{"HEAD chunked", message("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"), true, NoBody, -1, true},
		{"HEAD bare", message("HTTP/1.1 200 OK"), true, NoBody, -1, true},
		{"304 with length", message("HTTP/1.1 304 Not Modified", "Content-Length: 5"), false, NoBody, 5, true},
		{"204", message("HTTP/1.1 204 No Content"), false, NoBody, -1, true},
		{"204 that announces a body", message("HTTP/1.1 204 No Content", "Content-Length: 5"), false, NoBody, 5, false},
		{"204 chunked", message("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"), false, NoBody, -1, false},
		{"103", message("HTTP/1.1 103 Early Hints", "Link: x"), false, NoBody, -1, true},
	}
	var r Response
	for _, tt := range tests {
		if err := r.Parse([]byte(tt.in), tt.toHead); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if r.Framing != tt.framing || r.Length != tt.length || r.KeepAlive != tt.keepAlive {
			t.Errorf("%s: %v, %d, keep-alive %v, want %v, %d, %v", tt.name,
				r.Framing, r.Length, r.KeepAlive, tt.framing, tt.length, tt.keepAlive)
		}
	}
}

func TestAppendResponse(t *testing.T) {
	tests := []struct {
		name, in string
		toHead   bool
		o        ResponseOptions
		want     string
		framing  Framing
	}{
		{
			"kept lines are copied byte for byte",
			"HTTP/1.1 200 \xd6K\r\nserver:x\r\nDate:  d \r\nContent-Length: 007\r\nSet-Cookie: a\r\nX_Y: z\r\nSet-Cookie: b\r\n\r\n",
			false, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 \xd6K\r\nserver:x\r\nDate:  d \r\nSet-Cookie: a\r\nX_Y: z\r\nSet-Cookie: b\r\nContent-Length: 7\r\n\r\n",
			Length,
		},
		{
			"hop-by-hop fields",
			message("HTTP/1.1 200 OK", "Connection: close, X-Foo", "X-Foo: 1", "Keep-Alive: x", "Upgrade: h2c",
				"Proxy-Authenticate: y", "Proxy-Authentication-Info: z", "Content-Length: 0", "X-Weir-Version: secret", "X-Forwarded-Host: z"),
			false, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 OK\r\nX-Forwarded-Host: z\r\nContent-Length: 0\r\n\r\n",
			Length,
		},
		{
			"Proxy-Status is for everyone", // RFC 9209
			message("HTTP/1.1 200 OK", "Proxy-Status: cache; error=dns_timeout", "Content-Length: 0"),
			false, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 OK\r\nProxy-Status: cache; error=dns_timeout\r\nContent-Length: 0\r\n\r\n",
			Length,
		},
		{
			"version shown, connection closing",
			message("HTTP/1.1 500 No", "Content-Length: 2", "X-Weir-Version: v9"),
			false, ResponseOptions{ClientMinor: 1, Close: true, ExposeVersion: "v2"},
			"HTTP/1.1 500 No\r\nX-Weir-Version: v2\r\nConnection: close\r\nContent-Length: 2\r\n\r\n",
			Length,
		},
		{
			"chunked to 1.1",
			message("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum"),
			false, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n",
			Chunked,
		},
		{
			"chunked to 1.0: by close, without trailers",
			message("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum"),
			false, ResponseOptions{ClientMinor: 0},
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
			UntilClose,
		},
		{
			"until close to 1.1: chunked",
			message("HTTP/1.0 200 OK", "Trailer: X"),
			false, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			Chunked,
		},
		{
			"until close to 1.0",
			message("HTTP/1.0 200 OK"),
			false, ResponseOptions{ClientMinor: 0, Close: true},
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
			UntilClose,
		},
		{
			"1.0 client that stays",
			message("HTTP/1.1 200", "Content-Length: 2"),
			false, ResponseOptions{ClientMinor: 0},
			"HTTP/1.1 200 \r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n",
			Length,
		},
		{
			"HEAD keeps the length",
			message("HTTP/1.1 200 OK", "Content-Length: 02"),
			true, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
			NoBody,
		},
		{
			"HEAD of a chunked answer",
			message("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
			true, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 200 OK\r\n\r\n",
			NoBody,
		},
		{
			"304 keeps the length",
			message("HTTP/1.1 304 Not Modified", "Content-Length: 2"),
			false, ResponseOptions{ClientMinor: 0},
			"HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n",
			NoBody,
		},
		{
			"204 has none",
			message("HTTP/1.1 204 No Content", "Content-Length: 0"),
			false, ResponseOptions{ClientMinor: 1},
			"HTTP/1.1 204 No Content\r\n\r\n",
			NoBody,
		},
		{
			"interim",
			message("HTTP/1.1 103 Early Hints", "Link: x", "Content-Length: 0", "Connection: close"),
			false, ResponseOptions{ClientMinor: 1, Close: true, ExposeVersion: "v2"},
			"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
			NoBody,
		},
		{
			"interim to 1.0",
			message("HTTP/1.1 103 Early Hints", "Link: x"),
			false, ResponseOptions{ClientMinor: 0},
			"",
			NoBody,
		},
	}
	var r Response
	for _, tt := range tests {
		if err := r.Parse([]byte(tt.in), tt.toHead); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got, framing := AppendResponse([]byte("before"), &r, tt.o)
		if string(got) != "before"+tt.want || framing != tt.framing {
			t.Errorf("%s:\n got %q, %v\nwant %q, %v", tt.name, got, framing, "before"+tt.want, tt.framing)
		}
	}
}
