//go:build !race

package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// flagged runs Weir with the flag new-checkout, which is off for all but those of a rule,
// and two versions that say which they are and what they were told of the flag. A route
// leads whoever has it on to v2.
func flagged(t *testing.T, rule, context string) *weir {
	t.Helper()
	w := newWeir(t)
	says := func(version string) string {
		s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			fmt.Fprint(rw, version+" "+strings.Join(r.Header["X-Flag-New-Checkout"], "|"))
		}))
		t.Cleanup(s.Close)
		return strings.TrimPrefix(s.URL, "http://")
	}
	w.define(rule)
	text := w.yaml(conf{versions: []version{one("v1", 100, says("v1")), one("v2", 0, says("v2"))}})
	w.writeText(text + "  - {upstream: api, version: v2, when: {flag: new-checkout, is: on}}\n" +
		"flags: {files: [flags.json], context: {" + context + "}, pass: {headers: [new-checkout]}}\n")
	return w
}

// define replaces the file of definitions.
func (w *weir) define(rule string) {
	w.t.Helper()
	text := `{"flags": {"new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": ` + rule + `}}}`
	file := filepath.Join(w.dir, "flags.json")
	if err := os.WriteFile(file+".next", []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(file+".next", file); err != nil {
		w.t.Fatal(err)
	}
}

// sees is what a client with these headers gets.
func (w *weir) sees(headers ...string) string {
	w.t.Helper()
	req, err := http.NewRequest("GET", "http://"+w.web+"/", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		w.t.Fatalf("%d %s, %v", res.StatusCode, body, err)
	}
	return string(body)
}

// Promise: what is set over a flag is in force with the next request, and survives a
// crash; nobody outside can say what a flag has decided.
func TestFlagInTheRequestPath(t *testing.T) {
	t.Parallel()
	w := flagged(t, `{"if": [{"in": [{"var": "plan"}, ["gold"]]}, "on", null]}`, "cookies: {plan: plan}")
	w.start()
	is := func(what, want string, headers ...string) {
		t.Helper()
		if got := w.sees(headers...); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	set := func(body string) { t.Helper(); w.must("PATCH", "/v1/flags/new-checkout", body, nil) }
	is("dark", "v1 off")
	is("by a rule", "v2 on", "Cookie", "plan=gold")
	is("a hostile client", "v1 off", "X-Flag-New-Checkout", "on")
	for range 20 {
		set(`{"variant": "on", "author": "ann"}`)
		is("forced", "v2 on")
		set(`{"enabled": false, "reason": "it fails"}`)
		is("disabled", "v1 ", "Cookie", "plan=gold")
		w.must("POST", "/v1/flags/new-checkout/undo", "", nil)
		is("undone", "v2 on")
		set(`{"variant": null}`)
		is("as the file says", "v1 off")
	}
	set(`{"enabled": false}`)
	w.kill()
	w.start()
	is("disabled, after a crash", "v1 ", "Cookie", "plan=gold")
	var f struct {
		Revision uint64
		Enabled  bool
		Variants []struct{ Name string }
	}
	w.must("GET", "/v1/flags/new-checkout", "", &f)
	if f.Enabled || f.Revision != 81 || len(f.Variants) != 2 {
		t.Errorf("flag %+v: want it disabled at revision 81", f)
	}
	if status, p := w.call("PATCH", "/v1/flags/new-chekout", `{"enabled": true}`, nil); status != 404 || !strings.Contains(p.Detail, "there are new-checkout") {
		t.Errorf("a flag that is none: %d %s", status, p.Detail)
	}
}

// Promise: definitions are read again when they change, no request fails meanwhile, and a
// bad file changes nothing.
func TestDefinitionsAreReloaded(t *testing.T) {
	t.Parallel()
	w := flagged(t, "{}", "")
	w.start()
	ctx, stop := context.WithCancel(t.Context())
	var asked, failed atomic.Int64
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				res, err := http.Get("http://" + w.web + "/")
				if asked.Add(1); err != nil || res.StatusCode != 200 {
					failed.Add(1)
					continue
				}
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
	}
	for i := range 4 {
		rule, want := `{"if": [true, "on"]}`, "v2 on"
		if i%2 == 1 {
			rule, want = `{"if": [true, "off"]}`, "v1 off"
		}
		w.define(rule)
		w.eventually("the new definition decides", func() bool { return w.sees() == want })
	}
	w.define(`{"if": [true, "onn"]}`)
	w.eventually("the bad one is refused", func() bool { return strings.Contains(w.metrics(), "\nweir_config_reload_success 0\n") })
	if got := w.sees(); got != "v1 off" {
		t.Errorf("after a bad file: %q, want what was before", got)
	}
	status, p := w.call("POST", "/v1/reload", "", nil)
	if status != 422 || !strings.Contains(p.Detail, "flags.json:1:") || !strings.Contains(p.Detail, "onn is no variant, did you mean on?") {
		t.Errorf("a reload with it: %d %s", status, p.Detail)
	}
	w.define(`{"if": [true, "on"]}`) // watched, though it was refused
	w.eventually("the one put right decides", func() bool { return w.sees() == "v2 on" })
	stop()
	load.Wait()
	if failed.Load() > 0 || asked.Load() < 100 {
		t.Errorf("%d of %d requests failed meanwhile", failed.Load(), asked.Load())
	}
}

// signs makes a new key, writes it to keys.json, and returns who signs with it what is
// claimed, for an hour.
func (w *weir) signs(id string) func(jwt.MapClaims) (authorization string) {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	e := base64.RawURLEncoding.EncodeToString
	set := fmt.Sprintf(`{"keys": [{"kty": "EC", "crv": "P-256", "kid": %q, "x": %q, "y": %q}]}`, id, e(point[1:33]), e(point[33:]))
	if err := os.WriteFile(filepath.Join(w.dir, "keys.json"), []byte(set), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return func(claims jwt.MapClaims) string {
		w.t.Helper()
		claims["exp"] = time.Now().Add(time.Hour).Unix()
		j := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
		j.Header["kid"] = id
		token, err := j.SignedString(key)
		if err != nil {
			w.t.Fatal(err)
		}
		return "Bearer " + token
	}
}

// Promise: claims of tokens that are believed are attributes; keys are read again.
func TestClaimsAndRotatedKeys(t *testing.T) {
	t.Parallel()
	w := flagged(t, `{"if": [{"in": ["beta", {"var": "groups"}]}, "on", null]}`,
		`jwt: {jwks_file: keys.json, issuer: "https://id.test", claims: {groups: groups}}`)
	rotate := func(id string) (token string) {
		t.Helper()
		return w.signs(id)(jwt.MapClaims{"iss": "https://id.test", "groups": []string{"beta"}})
	}
	first := rotate("a")
	w.start()
	for range 3 {
		if got := w.sees("Authorization", first); got != "v2 on" {
			t.Errorf("with a token: %q", got)
		}
	}
	if got := w.sees("Authorization", first[:len(first)-8]+"AAAAAAAA"); got != "v1 off" {
		t.Errorf("with a forged one: %q", got)
	}
	second := rotate("b")
	w.eventually("the next key is believed", func() bool { return w.sees("Authorization", second) == "v2 on" })
	if got := w.sees("Authorization", first); got != "v1 off" {
		t.Errorf("with a token of a key that is gone: %q", got)
	}
	metrics := w.metrics()
	for _, want := range []string{`weir_flag_tokens_total{result="valid"} `, `weir_flag_decisions_total{flag="new-checkout",reason="TARGETING_MATCH",variant="on"} `} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}
