package http1

import (
	"bytes"
	"testing"
)

// Heads as they come: a small one of a service, and a browser's.
var benchRequests = map[string][]byte{
	"service": []byte(message("GET /v1/items?limit=10 HTTP/1.1", "Host: api.example:8080", "User-Agent: client/1.0", "Accept: */*")),
	"upload":  []byte(message("POST /v1/items HTTP/1.1", "Host: api.example", "Content-Type: application/json", "Content-Length: 512", "Connection: keep-alive")),
	"browser": []byte(message("GET /assets/app-3f2a91.js?v=20240101 HTTP/1.1", "Host: www.example",
		"Connection: keep-alive", `sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"`, "sec-ch-ua-mobile: ?0",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
		"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script", "Referer: https://www.example/",
		"Accept-Encoding: gzip, deflate, br, zstd", "Accept-Language: en-GB,en;q=0.9",
		"Cookie: session=0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark; consent=1; id=0123456789abcdef")),
}

var benchResponse = []byte(message("HTTP/1.1 200 OK", "Date: Mon, 01 Jan 2024 00:00:00 GMT", "Server: backend",
	"Content-Type: application/json", "Content-Length: 128", "Cache-Control: no-store"))

func BenchmarkParseRequest(b *testing.B) {
	for name, head := range benchRequests {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(head)))
			var r Request
			for b.Loop() {
				if reject := r.Parse(head[:HeadEnd(head, 0)], DefaultLimits); reject != nil {
					b.Fatal(reject)
				}
			}
		})
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	for name, head := range benchRequests {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var r Request
			if reject := r.Parse(head, DefaultLimits); reject != nil {
				b.Fatal(reject)
			}
			var out []byte
			for b.Loop() {
				out = AppendRequest(out[:0], &r, forward)
			}
		})
	}
}

func BenchmarkParseResponse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchResponse)))
	var r Response
	for b.Loop() {
		if err := r.Parse(benchResponse[:HeadEnd(benchResponse, 0)], false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendResponse(b *testing.B) {
	b.ReportAllocs()
	var r Response
	if err := r.Parse(benchResponse, false); err != nil {
		b.Fatal(err)
	}
	var out []byte
	for b.Loop() {
		out, _ = AppendResponse(out[:0], &r, ResponseOptions{ClientMinor: 1, ExposeVersion: "v2"})
	}
}

func BenchmarkChunkDecoder(b *testing.B) {
	for name, size := range map[string]int{"16B": 16, "4KiB": 4 << 10} {
		b.Run(name, func(b *testing.B) {
			var wire []byte
			for range 64 {
				wire = AppendChunk(wire, bytes.Repeat([]byte("a"), size))
			}
			wire = AppendLastChunk(wire, nil)
			b.ReportAllocs()
			b.SetBytes(int64(len(wire)))
			var c ChunkDecoder
			for b.Loop() {
				c.Reset()
				for in := wire; len(in) > 0; {
					_, n, _, err := c.Next(in)
					if err != nil {
						b.Fatal(err)
					}
					in = in[n:]
				}
			}
		})
	}
}
