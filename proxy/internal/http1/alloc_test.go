//go:build !race

package http1

import "testing"

// In the steady state a message costs no memory.
func TestNoAllocations(t *testing.T) {
	var req Request
	var resp Response
	var chunks ChunkDecoder
	var out []byte
	absolute := []byte(message("GET http://b?x HTTP/1.1", "Host: a", "Connection: close, X-Foo", "X-Foo: y"))
	chunked := AppendLastChunk(AppendChunk(nil, []byte("data")), []byte("X-Sum: 1\r\nHost: a\r\n"))
	tests := map[string]func(){
		"HeadEnd": func() { HeadEnd(absolute, 0) },
		"Request.Parse": func() {
			if reject := req.Parse(absolute, DefaultLimits); reject != nil {
				t.Fatal(reject)
			}
		},
		"Request.Parse, refused": func() {
			if req.Parse(absolute[1:20], DefaultLimits) == nil {
				t.Fatal("accepted")
			}
		},
		"AppendRequest": func() {
			if reject := req.Parse(benchRequests["browser"], DefaultLimits); reject != nil {
				t.Fatal(reject)
			}
			out = AppendRequest(out[:0], &req, forward)
		},
		"AppendResponse": func() {
			if err := resp.Parse(benchResponse, false); err != nil {
				t.Fatal(err)
			}
			out, _ = AppendResponse(out[:0], &resp, ResponseOptions{ClientMinor: 1, ExposeVersion: "v2"})
		},
		"ChunkDecoder.Next": func() {
			chunks.Reset()
			for in := chunked; len(in) > 0; {
				data, n, _, err := chunks.Next(in)
				if err != nil {
					t.Fatal(err)
				}
				out = AppendChunk(out[:0], data)
				in = in[n:]
			}
			out = AppendLastChunk(out, chunks.Trailers())
		},
	}
	for name, f := range tests {
		f() // the first use may grow the reused slices
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations per call, want 0", name, n)
		}
	}
}
