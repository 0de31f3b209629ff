package admin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/access"
	"weir/proxy/admin/api"
	"weir/proxy/admin/ofrep"
)

// The tokens of the rigs here, by role; ann's has a name.
const (
	viewToken     = "view-0123456789abcdef"
	operateToken  = "operate-0123456789abcdef"
	annToken      = "ann-0123456789abcdef"
	evaluateToken = "evaluate-0123456789abcdef"
)

func tokensOf(t *testing.T, lines string) []access.Token {
	t.Helper()
	tokens, _, err := access.Parse("tokens", []byte(lines))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// newTokenRig is a rig that asks for tokens.
func newTokenRig(t *testing.T, change func(*Options)) (*rig, *access.Keyring) {
	t.Helper()
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "view:"+viewToken+"\noperate:"+operateToken+"\noperate:"+annToken+":ann\nevaluate:"+evaluateToken+"\n"))
	return newRig(t, func(o *Options) {
		o.Tokens = ring
		if change != nil {
			change(o)
		}
	}), ring
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// TestRoles tries every path and method with every role. What a role may not do never
// reaches the backend.
func TestRoles(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	const none = ""
	try := func(token, method, path, body string, want int) {
		t.Helper()
		var h []string
		if token != none {
			h = bearer(token)
		}
		a := r.send(method, path, body, h...)
		if a.status != want {
			t.Errorf("%s %s with token %q: %d (%s), want %d", method, path, token, a.status, a.body, want)
		}
		if got, said := a.header.Get("WWW-Authenticate"), want == 401 || want == 403; strings.HasPrefix(got, `Bearer realm="weir"`) != said {
			t.Errorf("%s %s: WWW-Authenticate %q, want it said: %v", method, path, got, said)
		}
	}
	for _, path := range []string{
		"/v1/upstreams", "/v1/upstreams/api", "/v1/upstreams/api/rollout", "/v1/upstreams/api/rollout/plan", "/v1/upstreams/api/rollout/gates",
		"/v1/upstreams/api/history", "/v1/config", "/v1/status", "/v1/groups", "/v1/groups/shop", "/metrics",
	} {
		try(none, "GET", path, "", 401)
		try(evaluateToken, "GET", path, "", 403)
		for _, token := range []string{viewToken, operateToken, annToken} {
			try(token, "GET", path, "", 200)
			try(token, "HEAD", path, "", 200)
		}
	}
	for _, w := range writes {
		before, _ := r.backend.last()
		try(none, w.method, w.path, w.body, 401)
		try(viewToken, w.method, w.path, w.body, 403)
		try(evaluateToken, w.method, w.path, w.body, 403)
		if after, _ := r.backend.last(); after != before {
			t.Errorf("%s %s without the role reached the backend: %s", w.method, w.path, after)
		}
		try(operateToken, w.method, w.path, w.body, 200)
	}
	for _, path := range []string{"/healthz", "/readyz", "/approve/good"} {
		try(none, "GET", path, "", 200)
		try("wrong-wrong-wrong", "GET", path, "", 200)
	}
	try(none, "GET", "/no/such/path", "", 404)
	try(viewToken, "DELETE", "/v1/status", "", 403)
	try(operateToken, "DELETE", "/v1/status", "", 405)
}

// Whoever is asked nothing, and who alone may make profiles. Everything else has a token.
func TestWhoIsNotAsked(t *testing.T) {
	open := map[string]audience{
		"/healthz": anybody, "/readyz": anybody, "/openapi.yaml": anybody, "/{$}": anybody, uiPath + "{build}/{file}": anybody, approvePath + "{token}": anybody,
		profilePath + "{$}": operators, profilePath + "{name}": operators,
	}
	for pattern, rt := range (&server{}).routes(Options{Metrics: fakeMetrics}) {
		if want, ok := open[pattern]; ok && rt.to != want || !ok && rt.to != readers && rt.to != evaluators {
			t.Errorf("%s is for audience %d: another one than this test knows", pattern, rt.to)
		}
	}
}

// No path and method that there is does anything for whoever may not: also those that
// are added one day.
func TestEveryRouteAsks(t *testing.T) {
	r, ring := newTokenRig(t, nil)
	s := &server{backend: r.backend, events: r.events, tokens: ring}
	path := strings.NewReplacer("{upstream}", "api", "{group}", "shop", "{gate}", "boss", "{address}", "a:1", "{token}", "good", "{key}", "k", "{flag}", "new-checkout", "{$}", "", "{file...}", "x.js", "{name}", "heap")
	asked := 0
	for pattern, rt := range s.routes(Options{Metrics: fakeMetrics}) {
		for method := range rt.on {
			if rt.to == anybody {
				continue
			}
			if pattern == ofrep.EventsPath && method != "HEAD" { // which every role may have, and which does not end
				continue
			}
			asked++
			p := path.Replace(pattern)
			if a := r.send(method, p, "{}"); a.status != 401 {
				t.Errorf("%s %s without a token: %d, want 401", method, p, a.status)
			}
			if a := r.send(method, p, "{}", bearer(evaluateToken)...); a.status != 403 && rt.to != evaluators {
				t.Errorf("%s %s as evaluate: %d, want 403", method, p, a.status)
			}
			if rt.to == evaluators || rt.to == readers && isRead(method) {
				continue
			}
			if a := r.send(method, p, "{}", bearer(viewToken)...); a.status != 403 {
				t.Errorf("%s %s as view: %d, want 403", method, p, a.status)
			}
		}
	}
	if call, _ := r.backend.last(); call != "" || asked < 30 {
		t.Errorf("%d routes asked, the backend got %q, want at least 30 and nothing", asked, call)
	}
}

// Requests with a bad Authorization are all answered alike, with 401, or not at all.
func TestHostileAuthorization(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	host := "Host: " + r.address + "\r\nConnection: close\r\n"
	good := "Authorization: Bearer " + operateToken + "\r\n"
	for _, c := range []struct {
		name, head string
		want       int // 0: the connection may also just end
	}{
		{"none", "", 401},
		{"good", good, 200},
		{"scheme in capitals", "Authorization: BEARER " + operateToken + "\r\n", 200},
		{"spaces around", "Authorization:   Bearer   " + operateToken + "  \r\n", 200},
		{"empty", "Authorization:\r\n", 401},
		{"scheme alone", "Authorization: Bearer\r\n", 401},
		{"scheme and a space", "Authorization: Bearer \r\n", 401},
		{"token alone", "Authorization: " + operateToken + "\r\n", 401},
		{"Basic", "Authorization: Basic b3BlcmF0ZTpvcGVyYXRl\r\n", 401},
		{"Basic with the token", "Authorization: Basic " + operateToken + "\r\n", 401},
		{"the line of the file", "Authorization: Bearer operate:" + operateToken + "\r\n", 401},
		{"two tokens", "Authorization: Bearer " + operateToken + " " + operateToken + "\r\n", 401},
		{"a tab", "Authorization: Bearer\t" + operateToken + "\r\n", 401},
		{"twice, good", good + good, 401},
		{"twice, good first", good + "Authorization: Bearer wrong\r\n", 401},
		{"twice, good last", "Authorization: Bearer wrong\r\n" + good, 401},
		{"a prefix", "Authorization: Bearer " + operateToken[:20] + "\r\n", 401},
		{"more behind", "Authorization: Bearer " + operateToken + "x\r\n", 401},
		{"other case", "Authorization: Bearer " + strings.ToUpper(operateToken) + "\r\n", 401},
		{"quoted", "Authorization: Bearer \"" + operateToken + "\"\r\n", 401},
		{"30 KiB", "Authorization: Bearer " + strings.Repeat("x", 30<<10) + "\r\n", 401},
		{"1 MiB", "Authorization: Bearer " + strings.Repeat("x", 1<<20) + "\r\n", 0},
		{"NUL", "Authorization: Bearer " + operateToken + "\x00\r\n", 400},
		{"NUL within", "Authorization: Bearer " + operateToken[:5] + "\x00" + operateToken[5:] + "\r\n", 400},
		{"not UTF-8", "Authorization: Bearer " + operateToken + "\xff\xfe\r\n", 401},
		{"folded", "Authorization: Bearer\r\n " + operateToken + "\r\n", 0},
		{"space before the colon", "Authorization : Bearer " + operateToken + "\r\n", 400},
		{"other headers", "X-Authorization: Bearer " + operateToken + "\r\nProxy-Authorization: Bearer " + operateToken + "\r\nCookie: token=" + operateToken + "\r\n", 401},
		{"from elsewhere", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-User: root\r\nForwarded: for=127.0.0.1\r\n", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := newTokenRig(t, nil) // of its own, so that no try is one too many
			status := rawStatus(t, r.address, "POST /v1/upstreams/api/undo HTTP/1.1\r\n"+host+c.head+"Content-Length: 0\r\n\r\n")
			if status != c.want && (c.want != 0 || status < 400) && c.name != "folded" {
				t.Errorf("status %d, want %d", status, c.want)
			}
			if call, _ := r.backend.last(); (call != "") != (status == 200) {
				t.Errorf("status %d, and the backend got %q", status, call)
			}
		})
	}
	if a := r.send("GET", "/v1/status?access_token="+operateToken, ""); a.status != 401 {
		t.Errorf("a token in the query: %d, want 401", a.status)
	}
}

// rawStatus sends bytes and returns the status of the answer; 0 when there is none.
func rawStatus(t *testing.T, address, request string) int {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return 0
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func TestYou(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	for token, want := range map[string]string{
		viewToken: `"you":{"author":"","role":"view"}`, operateToken: `"you":{"author":"","role":"operate"}`, annToken: `"you":{"author":"ann","role":"operate"}`,
	} {
		if a := r.send("GET", "/v1/status", "", bearer(token)...); !strings.Contains(a.body, want) {
			t.Errorf("%s, want %s", a.body, want)
		}
	}
	if a := newRig(t, nil).send("GET", "/v1/status", "", bearer("whatever")...); !strings.Contains(a.body, `"you":{"author":"","role":"operate"}`) {
		t.Errorf("without tokens: %s", a.body)
	}
}

// The author of a change is whose token it was; who that says he is comes in brackets.
func TestAuthorIsTheTokensName(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	for _, c := range []struct{ token, body, want string }{
		{annToken, ``, "ann"},
		{annToken, `{"author":"ann"}`, "ann"},
		{annToken, `{"author":"bob"}`, "ann (bob)"},
		{operateToken, `{"author":"bob"}`, "(bob)"}, // which ann's token could not say
		{operateToken, ``, ""},
	} {
		for _, path := range []string{"/v1/upstreams/api/undo", "/v1/groups/shop/undo"} {
			if a := r.send("POST", path, c.body, bearer(c.token)...); a.status != 200 {
				t.Errorf("%s %s: %d", path, c.body, a.status)
			}
			if _, m := r.backend.last(); m.Author != c.want {
				t.Errorf("%s %s with token %s: author %q, want %q", path, c.body, c.token, m.Author, c.want)
			}
		}
	}
}

// A link to an approval is a permission, so who may only look does not get one.
func TestViewGetsNoLinks(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	for token, want := range map[string]bool{viewToken: false, operateToken: true} {
		a := r.send("GET", "/v1/upstreams/api/rollout/gates", "", bearer(token)...)
		if got := strings.Contains(a.body, "/approve/"); a.status != 200 || got != want {
			t.Errorf("%s: %d %s, want a link: %v", token, a.status, a.body, want)
		}
	}
}

// TestWrongTokens blocks an address after twenty, for right ones too, but not for what
// needs none.
func TestWrongTokens(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	for range 3 { // these are no guesses
		r.send("GET", "/v1/status", "")
		r.send("GET", "/v1/status", "", "Authorization", "Basic eA==")
	}
	for i := range 20 {
		r.refused(r.send("GET", "/v1/status", "", bearer("guess-0123456789")...), 401, "the token is not known here")
		if i == 10 {
			if a := r.send("GET", "/v1/status", "", bearer(viewToken)...); a.status != 200 {
				t.Fatalf("a right token between wrong ones: %d", a.status)
			}
		}
	}
	for _, h := range [][]string{bearer("guess-0123456789"), bearer(operateToken), nil} {
		a := r.send("POST", "/v1/upstreams/api/undo", "", h...)
		r.refused(a, 429, "too many wrong tokens from this address")
		if s := a.header.Get("Retry-After"); s != "60" && s != "59" && s != "58" {
			t.Errorf("Retry-After %q, want about a minute", s)
		}
	}
	if a := r.send("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("/healthz of a blocked address: %d", a.status)
	}
	if call, _ := r.backend.last(); call != "" {
		t.Errorf("the backend got %s", call)
	}
}

// TestStreamEndsWithItsToken: who may no longer look does not go on looking, be it that
// the token is gone or that it is good for less.
func TestStreamEndsWithItsToken(t *testing.T) {
	const ann = "operate:" + annToken + ":ann\n"
	for name, c := range map[string]struct {
		now    string
		status int
	}{
		"gone": {ann, 401},
		"less": {ann + "evaluate:" + viewToken + "\n", 403},
	} {
		t.Run(name, func(t *testing.T) {
			r, ring := newTokenRig(t, func(o *Options) { o.Heartbeat = time.Hour }) // at which it looks again anyway
			if a := r.send("GET", "/v1/events", ""); a.status != 401 {
				t.Fatalf("without a token: %d", a.status)
			}
			_, kept := r.openStream(bearer(annToken)...)
			_, lost := r.openStream(bearer(viewToken)...)
			nextBlock(t, kept)
			nextBlock(t, lost)
			ring.Use(tokensOf(t, c.now))
			for lost.Scan() {
			}
			if err := lost.Err(); err != nil {
				t.Errorf("the end of the stream: %v", err)
			}
			r.events.Publish(api.Event{Type: api.EventReload, Reason: "after"})
			if got := nextBlock(t, kept); !strings.Contains(got, "after") {
				t.Errorf("the other stream: %q", got)
			}
			if a := r.send("GET", "/v1/status", "", bearer(viewToken)...); a.status != c.status {
				t.Errorf("the token afterwards: %d, want %d", a.status, c.status)
			}
		})
	}
}

func TestClientWithToken(t *testing.T) {
	r, _ := newTokenRig(t, nil)
	c, err := api.NewClient(r.address)
	if err != nil {
		t.Fatal(err)
	}
	var p *api.Problem
	if _, err := c.Status(context.Background()); !errors.As(err, &p) || p.Status != 401 {
		t.Errorf("without a token: %v", err)
	}
	s, err := c.WithToken(annToken).Status(context.Background())
	if err != nil || s.You != (api.You{Author: "ann", Role: api.RoleOperate}) {
		t.Errorf("you are %+v, %v", s.You, err)
	}
}

// Where it listens on every address any of the machine's may be named, and where people
// reach it; other names still may not.
func TestHostsOfAnOpenListener(t *testing.T) {
	for _, address := range []string{":9900", "0.0.0.0:9900", "[::]:9900"} {
		r, _ := newTokenRig(t, func(o *Options) { o.Address, o.URL = address, "https://weir.example.com" })
		for host, want := range map[string]int{
			"10.0.0.1:9900": 200, "[2001:db8::1]:9900": 200, "localhost": 200, "weir.example.com": 200, "evil.example": 421, "10.0.0.1.evil.example": 421,
		} {
			if a := r.send("GET", "/v1/status", "", append(bearer(viewToken), "Host", host)...); a.status != want {
				t.Errorf("%s: Host %s: %d, want %d", address, host, a.status, want)
			}
		}
		h := append(bearer(operateToken), "Host", "weir.example.com")
		if a := r.send("POST", "/v1/reload", "", append(h, "Origin", "https://weir.example.com")...); a.status != 200 {
			t.Errorf("a page of its own: %d", a.status)
		}
		if a := r.send("POST", "/v1/reload", "", append(h, "Origin", "https://evil.example")...); a.status != 403 {
			t.Errorf("a page of another's: %d", a.status)
		}
	}
}
