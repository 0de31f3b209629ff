package health

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestHeaderRules(t *testing.T) {
	header := http.Header{"Content-Type": {"text/html"}, "X-Many": {"a", "b"}, "X-Empty": {""}}
	is := func(name string, op HeaderOp, value string) HeaderRule {
		return HeaderRule{Name: name, Op: op, Value: value}
	}
	matches := func(name string, op HeaderOp, expr string) HeaderRule {
		return HeaderRule{Name: name, Op: op, Expr: regexp.MustCompile(expr)}
	}
	for _, tc := range []struct {
		rule HeaderRule
		want string // of the error; "" passes
	}{
		{is("content-type", HeaderIs, "text/html"), ""},
		{is("Content-Type", HeaderIs, "text"), `header Content-Type is "text/html"`},
		{is("Content-Type", HeaderIs, "TEXT/HTML"), `header Content-Type is "text/html"`},
		{is("X-Many", HeaderIs, "b"), ""},
		{is("X-None", HeaderIs, "b"), "no header X-None"},
		{is("Content-Type", HeaderIsNot, "text/plain"), ""},
		{is("Content-Type", HeaderIsNot, "text/html"), `header Content-Type is "text/html"`},
		{is("X-Many", HeaderIsNot, "b"), `header X-Many is "b"`},
		{is("X-None", HeaderIsNot, "b"), "no header X-None"},
		{matches("Content-Type", HeaderMatches, "^text/"), ""},
		{matches("Content-Type", HeaderMatches, "^html"), `header Content-Type is "text/html"`},
		{matches("X-Empty", HeaderMatches, "^$"), ""},
		{matches("X-Many", HeaderMatches, "b"), ""},
		{matches("X-None", HeaderMatches, ""), "no header X-None"},
		{matches("Content-Type", HeaderMatchesNot, "^html"), ""},
		{matches("Content-Type", HeaderMatchesNot, "html"), `header Content-Type is "text/html"`},
		{matches("X-Many", HeaderMatchesNot, "b"), `header X-Many is "b"`},
		{matches("X-None", HeaderMatchesNot, "b"), "no header X-None"},
		{is("X-Empty", HeaderPresent, ""), ""},
		{is("X-None", HeaderPresent, ""), "no header X-None"},
		{is("X-None", HeaderAbsent, ""), ""},
		{is("X-Empty", HeaderAbsent, ""), `header X-Empty is there: ""`},
	} {
		err := tc.rule.check(header)
		if got := fmt.Sprint(err); err == nil && tc.want != "" || err != nil && got != tc.want {
			t.Errorf("%+v: %v, want %q", tc.rule, err, tc.want)
		}
	}
}

func TestLongValuesAreCut(t *testing.T) {
	if got, want := show(strings.Repeat("\n", 65)), `"`+strings.Repeat(`\n`, 64)+`"...`; got != want {
		t.Errorf("show = %s, want %s", got, want)
	}
}

// TestHTTPProbeMatches: by what real servers answer, as a whole and in chunks.
func TestHTTPProbeMatches(t *testing.T) {
	expr := regexp.MustCompile
	html := HeaderRule{Name: "Content-Type", Op: HeaderMatches, Expr: expr("^text/html")}
	rack := HeaderRule{Name: "X-Rack", Op: HeaderIs, Value: "7"}
	at := func(n int, s string) string { return strings.Repeat("-", n) + s }
	for _, tc := range []struct {
		name  string
		match Match
		body  string
		want  string // part of the error; "" passes
	}{
		{"nothing asked", Match{}, "down", ""},
		{"headers", Match{Headers: []HeaderRule{html, rack}}, "", ""},
		{"one header of two", Match{Headers: []HeaderRule{html, {Name: "X-Rack", Op: HeaderAbsent}}}, "", `header X-Rack is there: "7"`},
		{"contains", Match{Body: BodyRule{Contains: "ok"}}, "all ok\n", ""},
		{"does not contain", Match{Body: BodyRule{Contains: "ok"}}, "all OK\n", `body does not contain "ok"`},
		{"contains, no body", Match{Body: BodyRule{Contains: "ok"}}, "", `body does not contain "ok"`},
		{"matches", Match{Body: BodyRule{Matches: expr("^o.$")}}, "ok", ""},
		{"does not match", Match{Body: BodyRule{Matches: expr("^k")}}, "ok", `body does not match "^k"`},
		{"a line matches", Match{Body: BodyRule{Matches: expr("(?m)^k$")}}, "o\nk\n", ""},
		{"not unwanted", Match{Body: BodyRule{NotMatches: expr("maintenance|down")}}, "ok", ""},
		{"unwanted", Match{Body: BodyRule{NotMatches: expr("maintenance|down")}}, "going down", `body matches "maintenance|down"`},
		{"all three", Match{Body: BodyRule{Contains: "b", Matches: expr("^a"), NotMatches: expr("c")}}, "ab", ""},
		{"the last of three", Match{Body: BodyRule{Contains: "b", Matches: expr("^a"), NotMatches: expr("c")}}, "abc", "body matches"},
		{"just within the limit", Match{Body: BodyRule{Contains: "ok", Limit: 100}}, at(98, "ok"), ""},
		{"across the limit", Match{Body: BodyRule{Contains: "ok", Limit: 100}}, at(99, "ok"), "does not contain"},
		{"unwanted behind the limit", Match{Body: BodyRule{NotMatches: expr("down"), Limit: 100}}, at(100, "down"), ""},
		{"within the default limit", Match{Body: BodyRule{Contains: "ok"}}, at(64<<10-2, "ok") + at(1<<20, ""), ""},
		{"behind the default limit", Match{Body: BodyRule{Contains: "ok"}}, at(64<<10-1, "ok"), "does not contain"},
		{"within a larger limit", Match{Body: BodyRule{Contains: "ok", Limit: 1 << 20}}, at(1<<20-2, "ok"), ""},
	} {
		for _, chunked := range []bool{false, true} {
			address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("X-Rack", "7")
				if !chunked {
					w.Header().Set("Content-Length", fmt.Sprint(len(tc.body)))
				} else if half := len(tc.body) / 2; half > 0 {
					io.WriteString(w, tc.body[:half])
					w.(http.Flusher).Flush()
					io.WriteString(w, tc.body[half:])
					return
				}
				io.WriteString(w, tc.body)
			})
			err := NewHTTPProbe(HTTPOptions{Address: address, Timeout: 10 * time.Second, Match: tc.match}).Check(t.Context())
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s (chunked %v): %v, want %q", tc.name, chunked, err, tc.want)
			}
		}
	}
}

// TestMatchNeedsAWholeBody: a body that breaks off within what is looked at fails,
// even where what was asked for came before.
func TestMatchNeedsAWholeBody(t *testing.T) {
	address := accept(t, func(c net.Conn) {
		c.Read(make([]byte, 4096))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok")
	})
	p := NewHTTPProbe(HTTPOptions{Address: address, Timeout: 10 * time.Second, Match: Match{Body: BodyRule{Contains: "ok"}}})
	if err := p.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "read body") {
		t.Errorf("Check = %v, want it to miss the rest of the body", err)
	}
	p = NewHTTPProbe(HTTPOptions{Address: address, Timeout: 10 * time.Second, Match: Match{Body: BodyRule{Contains: "ok", Limit: 2}}})
	if err := p.Check(t.Context()); err != nil {
		t.Errorf("Check that looks at two bytes: %v", err)
	}
}
