package admin

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/access"
	"weir/proxy/admin/audit"
	"weir/proxy/admin/ofrep"
	"weir/proxy/flag"
)

// fixedFlags are one flag, "checkout", that is on for everybody.
func fixedFlags(t *testing.T) ofrep.Source {
	t.Helper()
	file, problems := flag.Parse("flags.json", []byte(`{"flags": {"checkout": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on"}}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	set, problems := flag.Compile([]*flag.File{file})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return noFlags{ofrep.NewFlags(ofrep.Options{Set: set})}
}

// newFlagRig is a listener that evaluates flags and nothing else.
func newFlagRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	o := Options{Flags: fixedFlags(t), Heartbeat: 20 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	return serve(t, NewFlagServer(o))
}

const checkoutPath = bulkPath + "/checkout"

func TestEvaluation(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Flags = fixedFlags(t) })
	if a := r.send("POST", checkoutPath, `{"context": {"targetingKey": "ann"}}`); a.status != 200 || !strings.Contains(a.body, `"value":true`) {
		t.Errorf("one: %d %s", a.status, a.body)
	}
	if a := r.send("POST", bulkPath+"/nope", ``); a.status != 404 || !strings.Contains(a.body, "FLAG_NOT_FOUND") {
		t.Errorf("unknown: %d %s", a.status, a.body)
	}
	all := r.send("POST", bulkPath, ``)
	if all.status != 200 || !strings.Contains(all.body, `"key":"checkout"`) {
		t.Errorf("all: %d %s", all.status, all.body)
	}
	if a := r.send("POST", bulkPath, ``, "If-None-Match", all.header.Get("ETag")); a.status != 304 || a.body != "" {
		t.Errorf("again: %d %s", a.status, a.body)
	}
	r.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // openapi.yaml has each path once
	if a := r.send("POST", bulkPath+"/", ``); a.status != 200 || a.body != all.body {
		t.Errorf("all, with a slash behind it: %d %s", a.status, a.body)
	}
	for _, path := range []string{bulkPath, checkoutPath, ofrep.EventsPath} {
		if a := r.send("DELETE", path, ``); a.status != 405 {
			t.Errorf("DELETE %s: %d", path, a.status)
		}
	}
	if a := newRig(t, nil).send("POST", checkoutPath, ``); a.status != 404 || !strings.Contains(a.body, "FLAG_NOT_FOUND") {
		t.Errorf("without flags: %d %s", a.status, a.body)
	}
}

// TestWhoMayEvaluate: every role, by either header.
func TestWhoMayEvaluate(t *testing.T) {
	r, _ := newTokenRig(t, func(o *Options) { o.Flags = fixedFlags(t) })
	for _, token := range []string{viewToken, operateToken, evaluateToken} {
		for _, h := range [][]string{bearer(token), {apiKey, token}, {apiKey, token, "Authorization", "Bearer a.users.token"}} {
			if a := r.send("POST", bulkPath, ``, h...); a.status != 200 {
				t.Errorf("%v: %d %s", h, a.status, a.body)
			}
		}
	}
	for _, h := range [][]string{
		nil, bearer("wrong-0123456789"), {apiKey, "wrong-0123456789"}, {apiKey, ""}, {apiKey, viewToken, apiKey, viewToken},
		{apiKey, "wrong-0123456789", "Authorization", "Bearer " + viewToken},
	} {
		if a := r.send("POST", bulkPath, ``, h...); a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%v: %d %s", h, a.status, a.body)
		}
	}
	// Elsewhere the other header says nothing.
	if a := r.send("GET", "/v1/status", ``, apiKey, viewToken); a.status != 401 {
		t.Errorf("status by X-API-Key: %d", a.status)
	}
}

// TestGuessingAPIKeys: guesses by that header cost as much.
func TestGuessingAPIKeys(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "evaluate:"+evaluateToken+"\n"))
	r := newFlagRig(t, func(o *Options) { o.Tokens = ring })
	for range 20 {
		r.send("POST", bulkPath, ``, apiKey, "wrong-0123456789")
	}
	if a := r.send("POST", bulkPath, ``, apiKey, evaluateToken); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("after 20 guesses: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
}

// TestTickets: where a token is asked for, the answer with all flags says a way into the
// stream that needs none, as long as the token is good, and is good for nothing else.
func TestTickets(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "evaluate:"+evaluateToken+"\nview:"+viewToken+"\n"))
	r := newFlagRig(t, func(o *Options) { o.Tokens = ring })
	all := r.send("POST", bulkPath, ``, apiKey, evaluateToken)
	_, stream, _ := strings.Cut(all.body, `"requestUri":"`)
	stream, _, _ = strings.Cut(stream, `"`)
	stream = strings.ReplaceAll(stream, `\u0026`, "&")
	if !strings.Contains(stream, "ticket=") || strings.Contains(stream, evaluateToken) {
		t.Fatalf("stream at %s", stream)
	}
	status, lines := r.listen(stream)
	if status != 200 {
		t.Fatalf("%s: %d", stream, status)
	}
	nextBlock(t, lines) // retry
	nextBlock(t, lines) // id

	ticket := stream[strings.Index(stream, "?"):]
	for _, c := range []struct{ method, path string }{
		{"POST", bulkPath + ticket}, {"POST", checkoutPath + ticket}, {"GET", ofrep.EventsPath}, {"GET", ofrep.EventsPath + "?ticket=" + evaluateToken}, {"GET", ofrep.EventsPath + "?ticket="},
	} {
		if a := r.send(c.method, c.path, ``); a.status != 401 {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	ring.Use(tokensOf(t, "view:"+viewToken+"\n"))
	for lines.Scan() { // comments, to the end
	}
	if status, _ := r.listen(stream); status != 401 {
		t.Errorf("a ticket of a token that is gone: %d", status)
	}
}

// listen begins to read a stream, which ends with the test.
func (r *rig) listen(path string) (status int, lines *bufio.Scanner) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+r.address+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cancel(); res.Body.Close() })
	return res.StatusCode, bufio.NewScanner(res.Body)
}

// TestFlagListener: there is nothing else, and with tokens it may have any name.
func TestFlagListener(t *testing.T) {
	ring := &access.Keyring{}
	ring.Use(tokensOf(t, "evaluate:"+evaluateToken+"\noperate:"+operateToken+"\n"))
	r := newFlagRig(t, func(o *Options) { o.Tokens = ring })
	for _, path := range []string{"/", "/v1/status", "/metrics", "/readyz", "/openapi.yaml", "/debug/pprof/", "/ui/x/app.js"} {
		r.refused(r.send("GET", path, ``, bearer(operateToken)...), 404, "")
	}
	if a := r.send("POST", checkoutPath, ``, append(bearer(evaluateToken), "Host", "flags.example.com")...); a.status != 200 {
		t.Errorf("by another name: %d %s", a.status, a.body)
	}
	open := newFlagRig(t, nil)
	if a := open.send("POST", checkoutPath, ``); a.status != 200 {
		t.Errorf("without tokens: %d %s", a.status, a.body)
	}
	open.refused(open.send("POST", checkoutPath, ``, "Host", "flags.example.com"), 421, "Host")
}

// TestEvaluationIsNoChange: nobody keeps it, and nobody remembers its answers.
func TestEvaluationIsNoChange(t *testing.T) {
	log := audit.New(audit.Options{})
	r, _ := newTokenRig(t, func(o *Options) { o.Flags, o.Audit = fixedFlags(t), log })
	key := append(bearer(evaluateToken), "Idempotency-Key", "one")
	for range 2 {
		if a := r.send("POST", bulkPath, ``, key...); a.status != 200 || a.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%d, replayed %q", a.status, a.header.Get("Idempotency-Replayed"))
		}
	}
	if a := r.send("GET", "/v1/audit", ``, bearer(viewToken)...); !strings.Contains(a.body, `"entries":[]`) {
		t.Errorf("kept: %s", a.body)
	}
}
