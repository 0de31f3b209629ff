package accesslog

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

func TestGoldenLines(t *testing.T) {
	full := sample()
	rejected := &Entry{Client: []byte("192.0.2.7"), Status: 400, Bytes: 31, Reason: "bad_method", RequestLength: 5}
	every := make([]Part, 0, 2*len(variables))
	for _, name := range []string{
		"time", "time_local", "client", "method", "target", "path", "host", "scheme", "protocol", "status", "bytes", "request_length",
		"duration", "upstream_time", "upstream_first_byte", "route", "upstream", "version", "endpoint", "attempts", "reason",
		"trace_id", "user_agent", "referer",
	} {
		every = append(every, Part{Variable: name}, Part{Text: "|"})
	}
	if len(every) != 2*len(variables) {
		t.Fatalf("%d variables in this test, %d there are", len(every)/2, len(variables))
	}
	template := func(parts []Part) format {
		f, err := newTemplate(parts)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, tt := range []struct {
		name   string
		format format
		e      *Entry
		want   string
	}{
		{"json", newJSON(), full, `{"time":"2026-03-04T05:06:07.089-05:00","client":"192.0.2.7","method":"GET","target":"/a/b?q=1",` +
			`"host":"www.example.org:8080","scheme":"https","protocol":"HTTP/1.1","status":502,"bytes":12,"request_length":321,"duration":1.234567,` +
			`"route":"*/a","upstream":"api","attempts":2,"version":"v2","endpoint":"127.0.0.1:3001","upstream_time":0.034567,` +
			`"upstream_first_byte":0.000123,"reason":"upstream_reset","trace_id":"0af7651916cd43dd8448eb211c80319c",` +
			`"user_agent":"curl/8","referer":"https://example.org/"}`},
		{"json, refused", newJSON(), rejected, `{"time":"2026-03-04T05:06:07.089-05:00","client":"192.0.2.7","status":400,"bytes":31,` +
			`"request_length":5,"duration":0.000000,"attempts":0,"reason":"bad_method"}`},
		{"combined", template(Combined()), full,
			`192.0.2.7 - - [04/Mar/2026:05:06:07 -0500] "GET /a/b?q=1 HTTP/1.1" 502 12 "https://example.org/" "curl/8"`},
		{"combined, refused", template(Combined()), rejected,
			`192.0.2.7 - - [04/Mar/2026:05:06:07 -0500] "- - -" 400 31 "-" "-"`},
		{"every variable", template(every), full,
			`2026-03-04T05:06:07.089-05:00|04/Mar/2026:05:06:07 -0500|192.0.2.7|GET|/a/b?q=1|/a/b|www.example.org:8080|https|HTTP/1.1|502|12|321|` +
				`1.234567|0.034567|0.000123|*/a|api|v2|127.0.0.1:3001|2|upstream_reset|0af7651916cd43dd8448eb211c80319c|curl/8|https://example.org/|`},
		{"every variable, refused", template(every), rejected,
			`2026-03-04T05:06:07.089-05:00|04/Mar/2026:05:06:07 -0500|192.0.2.7|-|-|-|-|-|-|400|31|5|0.000000|-|-|-|-|-|-|0|bad_method|-|-|-|`},
		{"hostile", template([]Part{{Text: `"`}, {Variable: "user_agent"}, {Text: `"`}}),
			&Entry{UserAgent: []byte("a\"b\\c\r\nd\x00\x1b\x7f\xc3\xa9\xff")}, `"a\x22b\x5Cc\x0D\x0Ad\x00\x1B\x7F\xC3\xA9\xFF"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.format.append([]byte("before "), tt.e, fixed())); got != "before "+tt.want+"\n" {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestUnknownVariable(t *testing.T) {
	if _, err := newTemplate([]Part{{Variable: "colour"}}); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("a variable that does not exist: %v, want an error that names it", err)
	}
}

// FuzzLine: whatever a client sends, a line is one line. Read as JSON it gives the
// values back, bytes that are no UTF-8 replaced; read as the combined format too,
// each value in its quotes.
func FuzzLine(f *testing.F) {
	f.Add([]byte("/"), []byte("curl"), []byte("GET"))
	f.Add([]byte("/\"\\\r\n\x00"), []byte("a\" 200 1 \"-\" \"x"), []byte("\u2028\xff\xc3"))
	f.Add([]byte("/\xf0\x9f\x98"), []byte(`\x22`), []byte(""))
	jsons, combined := newJSON(), must(newTemplate(Combined()))
	f.Fuzz(func(t *testing.T, target, agent, method []byte) {
		b := newBuffer()
		if !b.add(&Entry{Target: target, UserAgent: agent, Method: method}) {
			t.Fatal("an empty buffer is full")
		}
		e := &b.entries[0]
		line := jsons.append(nil, e, fixed())
		oneLine(t, line)
		var got struct {
			Target string `json:"target"`
			Agent  string `json:"user_agent"`
			Method string `json:"method"`
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("not JSON: %v: %q", err, line)
		}
		for name, pair := range map[string][2]string{
			"target": {got.Target, valid(e.Target)}, "agent": {got.Agent, valid(e.UserAgent)}, "method": {got.Method, valid(e.Method)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: the line gives %q, want %q", name, pair[0], pair[1])
			}
		}

		line = combined.append(nil, e, fixed())
		oneLine(t, line)
		parts := strings.Split(string(line), `"`)
		if len(parts) != 7 {
			t.Fatalf("quotes do not pair: %q", line)
		}
		if want := dash(e.Method) + " " + dash(e.Target) + " -"; unescape(t, parts[1]) != want {
			t.Errorf("request: the line gives %q, want %q", unescape(t, parts[1]), want)
		}
		if got, want := unescape(t, parts[5]), dash(e.UserAgent); got != want {
			t.Errorf("user agent: the line gives %q, want %q", got, want)
		}
	})
}

// oneLine checks that there is no control byte but the newline at the end.
func oneLine(t *testing.T, line []byte) {
	t.Helper()
	for i, c := range line {
		if c < ' ' && i != len(line)-1 || c == 0x7f {
			t.Fatalf("byte %#x in a line: %q", c, line)
		}
	}
	if len(line) == 0 || line[len(line)-1] != '\n' {
		t.Fatalf("no end of the line: %q", line)
	}
}

func valid(p []byte) string { return string([]rune(string(p))) }

func dash(p []byte) string {
	if len(p) == 0 {
		return "-"
	}
	return string(p)
}

func unescape(t *testing.T, s string) string {
	t.Helper()
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		if i+4 > len(s) || s[i+1] != 'x' {
			t.Fatalf("a bare backslash: %q", s)
		}
		n, err := strconv.ParseUint(s[i+2:i+4], 16, 8)
		if err != nil {
			t.Fatalf("a bad escape: %q", s)
		}
		out = append(out, byte(n))
		i += 3
	}
	return string(out)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
