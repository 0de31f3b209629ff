package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"weir/proxy/internal/hostile"
)

// wide are limits that leave room for the fields we add.
var wide = Limits{Head: 128 << 10, Fields: 120, Target: 8<<10 + 1, Method: 32}

// FuzzRequest holds the gate to three promises: what it accepts, net/http
// understands in the same way or refuses; what we send on is a head that both
// understand as we do; and no line in it ends in anything but CRLF.
func FuzzRequest(f *testing.F) {
	for _, row := range hostile.Requests() {
		if len(row.In) < 4<<10 { // the fuzzer makes long ones itself
			f.Add([]byte(row.In))
		}
	}
	for _, head := range benchRequests {
		f.Add(head)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n := HeadEnd(in, 0)
		if n < 0 {
			return
		}
		var r Request
		if r.Parse(in[:n], DefaultLimits) != nil {
			return
		}
		if std, err := readRequest(in[:n]); err == nil {
			sameRequest(t, &r, std)
			if std.Close == r.KeepAlive {
				t.Errorf("keep-alive %v, net/http close %v", r.KeepAlive, std.Close)
			}
		}

		out := AppendRequest(nil, &r, forward)
		onlyCRLF(t, out)
		if end := HeadEnd(out, 0); end != len(out) {
			t.Fatalf("sent head of %d bytes ends at %d: %q", len(out), end, out)
		}
		var again Request
		if reject := again.Parse(out, wide); reject != nil {
			t.Fatalf("sent head refused (%+v): %q", reject, out)
		}
		if again.Framing != r.Framing || again.Length != r.Length || !bytes.Equal(again.Target, r.Target) {
			t.Fatalf("sent %v %d %q, was %v %d %q", again.Framing, again.Length, again.Target, r.Framing, r.Length, r.Target)
		}
		if std, err := readRequest(out); err == nil {
			sameRequest(t, &again, std)
			sameForwarding(t, std)
		}
	})
}

func readRequest(head []byte) (*http.Request, error) {
	return http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
}

func sameRequest(t *testing.T, r *Request, std *http.Request) {
	t.Helper()
	if std.Method != string(r.Method) || std.Host != string(r.Host) {
		t.Errorf("method %q, host %q, net/http %q, %q", r.Method, r.Host, std.Method, std.Host)
	}
	if !std.URL.IsAbs() && std.RequestURI != string(r.Target) {
		t.Errorf("target %q, net/http %q", r.Target, std.RequestURI)
	}
	chunked := slices.Equal(std.TransferEncoding, []string{"chunked"})
	if chunked != (r.Framing == Chunked) || std.ContentLength != r.Length {
		t.Errorf("framing %v %d, net/http %v %d", r.Framing, r.Length, std.TransferEncoding, std.ContentLength)
	}
	sameFields(t, r.Fields, std.Header)
}

// sameFields checks that the kept fields have all the values that net/http sees, in
// their order, and that net/http sees no other fields.
func sameFields(t *testing.T, fields []Field, std http.Header) {
	t.Helper()
	all := map[string][]string{}
	dropped := map[string]bool{}
	for _, f := range fields {
		name := textproto.CanonicalMIMEHeaderKey(string(f.Name))
		if f.Kind == KindPlain {
			all[name] = append(all[name], string(f.Value))
		} else {
			dropped[name] = true
		}
	}
	for name, values := range all {
		if !slices.Equal(std[name], values) {
			t.Errorf("%s: %q, net/http %q", name, values, std[name])
		}
	}
	for name, values := range std {
		// "Pragma: no-cache" makes net/http add a Cache-Control.
		if all[name] == nil && !dropped[name] && name != "Cache-Control" {
			t.Errorf("%s: nothing, net/http %q", name, values)
		}
	}
}

// sameForwarding checks that an endpoint on net/http sees our word on where a
// request came from, once, and nobody else's.
func sameForwarding(t *testing.T, std *http.Request) {
	t.Helper()
	for name, want := range map[string]string{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http", "X-Weir-Version": "v2"} {
		if got := std.Header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want only %q", name, got, want)
		}
	}
	for name := range std.Header {
		if strings.Contains(name, "_") || name == "Forwarded" || name == "X-Real-Ip" || name == "Connection" || name == "Expect" {
			t.Errorf("%s was sent on", name)
		}
	}
}

func onlyCRLF(t *testing.T, head []byte) {
	t.Helper()
	if bare := strings.ReplaceAll(string(head), "\r\n", ""); strings.ContainsAny(bare, "\r\n\x00") {
		t.Fatalf("bare CR, LF or NUL in %q", head)
	}
}

// FuzzResponse does the same for upstream heads.
func FuzzResponse(f *testing.F) {
	for _, tt := range responseErrors {
		f.Add([]byte(tt.head), false, 1)
	}
	for _, a := range hostile.Answers() {
		if len(a.In) < 4<<10 {
			f.Add([]byte(a.In), a.ToHead, 1)
		}
	}
	f.Add(benchResponse, true, 0)
	f.Fuzz(func(t *testing.T, in []byte, toHead bool, clientMinor int) {
		clientMinor &= 1
		n := HeadEnd(in, 0)
		if n < 0 {
			return
		}
		var r Response
		if r.Parse(in[:n], toHead) != nil {
			return
		}
		method := "GET"
		if toHead {
			method = "HEAD"
		}
		if std, err := readResponse(in[:n], method); err == nil {
			sameResponse(t, &r, std)
		}

		body, whole := bodyOf(&r, in[n:])
		out, framing := AppendResponse(nil, &r, ResponseOptions{ClientMinor: clientMinor, ExposeVersion: "v2"})
		if len(out) == 0 && r.Interim() && clientMinor == 0 {
			return
		}
		onlyCRLF(t, out)
		var again Response
		if err := again.Parse(out, toHead); err != nil {
			if errors.Is(err, ErrHeadSize) {
				return // our own fields were too many for the limit
			}
			t.Fatalf("sent head refused (%v): %q", err, out)
		}
		if again.Framing != framing || again.Status != r.Status || framing == Chunked && clientMinor == 0 {
			t.Fatalf("%v, status %d, sent %v, status %d to 1.%d: %q", r.Framing, r.Status, framing, again.Status, clientMinor, out)
		}
		if got := Value(again.Fields, "x-weir-version"); !r.Interim() && string(got) != "v2" {
			t.Errorf("X-Weir-Version = %q, want v2", got)
		}
		if std, err := readResponse(out, method); err == nil {
			sameResponse(t, &again, std)
		}
		if whole {
			sameBody(t, in, frame(out, body, framing), method)
		}
	})
}

// bodyOf takes the body behind a response's head; whole says that it is all there.
func bodyOf(r *Response, behind []byte) (body []byte, whole bool) {
	switch r.Framing {
	case Length:
		if int64(len(behind)) < r.Length {
			return nil, false
		}
		return behind[:r.Length], true
	case Chunked:
		var c ChunkDecoder
		body, _, done, _ := decode(&c, behind)
		return body, done
	case UntilClose:
		return behind, true
	}
	return nil, !r.Interim()
}

// frame puts a body behind a head as the relay does.
func frame(head, body []byte, f Framing) []byte {
	if f == Chunked {
		return AppendLastChunk(AppendChunk(head, body), nil)
	}
	return append(head, body...)
}

// sameBody checks that net/http reads the same body in what was sent as in what
// came, if it accepts that, and nothing behind it.
func sameBody(t *testing.T, came, sent []byte, method string) {
	t.Helper()
	had, _, err := readBody(came, method)
	got, rest, errSent := readBody(sent, method)
	if err == nil && (errSent != nil || got != had || rest != "") {
		t.Fatalf("came %q: body %q; sent %q: body %q, %v, %q behind it", came, had, sent, got, errSent, rest)
	}
}

func readBody(message []byte, method string) (body, rest string, err error) {
	br := bufio.NewReader(bytes.NewReader(message))
	resp, err := http.ReadResponse(br, &http.Request{Method: method})
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", "", err
	}
	behind, err := io.ReadAll(br)
	return string(all), string(behind), err
}

func readResponse(head []byte, method string) (*http.Response, error) {
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), &http.Request{Method: method})
}

func sameResponse(t *testing.T, r *Response, std *http.Response) {
	t.Helper()
	if std.StatusCode != r.Status {
		t.Errorf("status %d, net/http %d", r.Status, std.StatusCode)
	}
	if chunked := slices.Equal(std.TransferEncoding, []string{"chunked"}); r.Framing != NoBody {
		if chunked != (r.Framing == Chunked) || std.ContentLength != r.Length {
			t.Errorf("framing %v %d, net/http %v %d", r.Framing, r.Length, std.TransferEncoding, std.ContentLength)
		}
		if r.KeepAlive && std.Close {
			t.Errorf("keep-alive, net/http closes")
		}
	}
	sameFields(t, r.Fields, std.Header)
}

// FuzzChunked checks that the split of the input does not matter, that
// net/http sees the same data in what we accept, and that what we make of it
// is the same body again.
func FuzzChunked(f *testing.F) {
	for _, tt := range chunkErrors {
		f.Add([]byte(tt.body), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		var c, split ChunkDecoder
		data, left, outcome := feed(&c, in, func(most int) int { return most })
		got, leftSplit, outcomeSplit := feed(&split, in, func(most int) int { return min(most, int(piece)+1) })
		if !bytes.Equal(got, data) || outcomeSplit != outcome || outcome == "done" && leftSplit != left {
			t.Fatalf("in pieces of %d: %q, %s, %d left; whole %q, %s, %d left", int(piece)+1, got, outcomeSplit, leftSplit, data, outcome, left)
		}
		if outcome != "done" {
			return
		}
		std, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(in)))
		if err == nil && !bytes.Equal(std, data) {
			t.Fatalf("data %q, net/http %q", data, std)
		}
		trailers := string(c.Trailers())
		onlyCRLF(t, c.Trailers())
		wire := AppendLastChunk(AppendChunk(nil, data), c.Trailers())
		c.Reset()
		if got, left, outcome := feed(&c, wire, func(most int) int { return most }); !bytes.Equal(got, data) || left != 0 || outcome != "done" || string(c.Trailers()) != trailers {
			t.Fatalf("made again: %q, %d left, %s, trailers %q", got, left, outcome, c.Trailers())
		}
	})
}
