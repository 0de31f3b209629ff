package http1

import (
	"strings"
	"testing"
)

const (
	someTrace  = "0af7651916cd43dd8448eb211c80319c"
	someParent = "00-" + someTrace + "-b7ad6b7169203331-01"
)

// TestTraceParent: what is valid by the W3C's Trace Context, level 1, §3.2 and §4.
func TestTraceParent(t *testing.T) {
	valid := []string{
		someParent,
		"00-" + someTrace + "-b7ad6b7169203331-00",
		"00-" + someTrace + "-b7ad6b7169203331-ff",
		"cc-" + someTrace + "-b7ad6b7169203331-01",                 // a later version
		"cc-" + someTrace + "-b7ad6b7169203331-01-what-comes-then", // with more in it
		"01-" + someTrace + "-b7ad6b7169203331-01-",
	}
	for _, v := range valid {
		if got := string(TraceID([]byte(v))); got != someTrace {
			t.Errorf("%q: trace id %q, want %q", v, got, someTrace)
		}
	}
	for _, v := range []string{
		"", "00", someTrace,
		someParent[:len(someParent)-1],
		someParent + "-",
		someParent + "1",
		"00-" + someTrace + "-b7ad6b7169203331-01-more", // version 00 has no more
		"cc-" + someTrace + "-b7ad6b7169203331-01.more",
		"cc-" + someTrace + "-b7ad6b7169203331-011",
		"ff-" + someTrace + "-b7ad6b7169203331-01",
		"0-" + someTrace + "-b7ad6b7169203331-01x",
		"0g-" + someTrace + "-b7ad6b7169203331-01",
		"CC-" + someTrace + "-b7ad6b7169203331-01",
		"00-" + strings.ToUpper(someTrace) + "-b7ad6b7169203331-01",
		"00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01",
		"00-" + someTrace + "-" + strings.Repeat("0", 16) + "-01",
		"00-" + someTrace + "-b7ad6b716920333x-01",
		"00-" + someTrace + "-b7ad6b7169203331-0x",
		"00_" + someTrace + "-b7ad6b7169203331-01",
		"00-" + someTrace + "_b7ad6b7169203331-01",
		"00-" + someTrace + "-b7ad6b7169203331_01",
	} {
		if got := TraceID([]byte(v)); got != nil {
			t.Errorf("%q: trace id %q, want none", v, got)
		}
	}
}

func TestTraceOfRequest(t *testing.T) {
	const state = "tracestate: a=1"
	for _, tt := range []struct {
		name   string
		fields []string
		id     string
		kept   []string // sent on as they came, while nobody begins another trace
	}{
		{"none", nil, "", nil},
		{"one", []string{"TraceParent: " + someParent, state}, someTrace, []string{"TraceParent: " + someParent, state}},
		{"two", []string{"traceparent: " + someParent, "traceparent: " + someParent}, "", []string{"traceparent: " + someParent}},
		{"bad", []string{"traceparent: 00-x", state}, "", []string{"traceparent: 00-x", state}},
		{"state only", []string{state}, "", []string{state}},
		{"dropped by Connection", []string{"Connection: traceparent", "traceparent: " + someParent, state}, "", []string{state}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r Request
			if reject := r.Parse([]byte(get(tt.fields...)), DefaultLimits); reject != nil {
				t.Fatal(reject)
			}
			if string(r.TraceID) != tt.id {
				t.Errorf("trace id %q, want %q", r.TraceID, tt.id)
			}
			out := string(AppendRequest(nil, &r, Forward{Proto: "http"}))
			for _, line := range tt.kept {
				if !strings.Contains(out, line+"\r\n") {
					t.Errorf("%q is not sent on:\n%s", line, out)
				}
			}
			r.DropTrace()
			ours := AppendTraceParent(nil, 1, 2, 3)
			out = string(AppendRequest(nil, &r, Forward{Proto: "http", TraceParent: ours}))
			if n := strings.Count(strings.ToLower(out), "\r\ntrace"); n != 1 || !strings.Contains(out, "\r\ntraceparent: "+string(ours)+"\r\n") {
				t.Errorf("a new trace is not the only one:\n%s", out)
			}
		})
	}
}

func TestAppendTraceParent(t *testing.T) {
	for _, tt := range []struct {
		high, low, span uint64
		want            string
	}{
		{0x0af7651916cd43dd, 0x8448eb211c80319d, 0xb7ad6b7169203331, "00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00"},
		{0, 0, 0, "00-00000000000000000000000000000001-0000000000000001-00"},
		{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, "00-" + strings.Repeat("f", 32) + "-" + strings.Repeat("f", 16) + "-00"},
	} {
		got := AppendTraceParent(nil, tt.high, tt.low, tt.span)
		if string(got) != tt.want || TraceID(got) == nil {
			t.Errorf("%x %x %x: %s, want %s, valid", tt.high, tt.low, tt.span, got, tt.want)
		}
	}
}

// A child is in its parent's trace, with a span of its own.
func TestAppendChildTrace(t *testing.T) {
	for parent, want := range map[string]string{
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01":      "00-0af7651916cd43dd8448eb211c80319c-0000000000000009-01",
		"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more": "00-0af7651916cd43dd8448eb211c80319c-0000000000000009-00",
	} {
		var r Request
		if refused := r.Parse([]byte(message("GET / HTTP/1.1", "Host: a", "traceparent: "+parent)), DefaultLimits); refused != nil {
			t.Fatal(refused)
		}
		if got := AppendChildTrace(nil, r.TraceParent(), 8); string(got) != want || TraceID(got) == nil {
			t.Errorf("%s: %s, want %s, valid", parent, got, want)
		}
	}
	var r Request
	if refused := r.Parse([]byte(message("GET / HTTP/1.1", "Host: a", "traceparent: x")), DefaultLimits); refused != nil || r.TraceParent() != nil {
		t.Errorf("%v, %q, want no trace", refused, r.TraceParent())
	}
}

// Answers and trailers have no trace: the names mean nothing there.
func TestTraceElsewhere(t *testing.T) {
	var r Response
	if err := r.Parse([]byte(message("HTTP/1.1 200 OK", "traceparent: x", "Content-Length: 0")), false); err != nil {
		t.Fatal(err)
	}
	if out, _ := AppendResponse(nil, &r, ResponseOptions{ClientMinor: 1}); !strings.Contains(string(out), "traceparent: x\r\n") {
		t.Errorf("an answer's field is gone:\n%s", out)
	}
	var d ChunkDecoder
	d.Reset()
	for in := []byte("0\r\ntraceparent: x\r\n\r\n"); len(in) > 0; {
		_, n, _, err := d.Next(in)
		if err != nil {
			t.Fatal(err)
		}
		in = in[n:]
	}
	if got := string(d.Trailers()); got != "traceparent: x\r\n" {
		t.Errorf("trailers %q", got)
	}
}
