package ofrep

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/proxy/flag"
)

const internalUser = `{"context": {"targetingKey": "ann", "email": "ann@example.com"}}`

func TestSingle(t *testing.T) {
	r := newRig(t, Options{Set: setOf(t, definitions)})
	type object = map[string]any
	shop := object{"flagSetId": "shop", "version": 7.0}
	for _, c := range []struct {
		name, key, body string
		status          int
		want            object
	}{
		{"a rule", "checkout", internalUser, 200, object{"key": "checkout", "reason": "TARGETING_MATCH", "variant": "on", "value": true, "metadata": shop}},
		{"nobody by a rule", "checkout", `{"context": {"email": "eve@elsewhere.org"}}`, 200, object{"key": "checkout", "reason": "DEFAULT", "variant": "off", "value": false, "metadata": shop}},
		{"a number, and metadata over that of the file", "limit", `{}`, 200, object{"key": "limit", "reason": "STATIC", "variant": "high", "value": 12.5, "metadata": object{"flagSetId": "shop", "owner": "ann", "version": 8.0}}},
		{"a text", "title", `{"context": {}}`, 200, object{"key": "title", "reason": "STATIC", "variant": "new", "value": "Hello <you>", "metadata": shop}},
		{"an object", "theme", `{"context": null}`, 200, object{"key": "theme", "reason": "STATIC", "variant": "dark", "value": object{"bg": "#000", "sizes": []any{1.0, 2.0}}, "metadata": shop}},
		{"off", "dark", `{}`, 200, object{"key": "dark", "reason": "DISABLED", "metadata": shop}},
		{"without a default", "open", `{}`, 200, object{"key": "open", "reason": "DEFAULT", "metadata": shop}},
		{"no body", "open", ``, 200, object{"key": "open", "reason": "DEFAULT", "metadata": shop}},
		{"white space", "open", " \n", 200, object{"key": "open", "reason": "DEFAULT", "metadata": shop}},
		{"keys of a later protocol", "open", `{"context": {}, "later": [1]}`, 200, object{"key": "open", "reason": "DEFAULT", "metadata": shop}},
		{"a key with a slash", "a%2Fb%20c%3F", ``, 200, object{"key": "a/b c?", "reason": "STATIC", "variant": "on", "value": true, "metadata": shop}},
		{"a rule that goes wrong", "torn", `{"context": {"which": "odd"}}`, 400, object{
			"key": "torn", "errorCode": "GENERAL", "metadata": shop, "errorDetails": nil}}, // in the words of another package
		{"unknown", "chekout", `{}`, 404, object{"key": "chekout", "errorCode": "FLAG_NOT_FOUND", "errorDetails": "no flag has this key"}},
		{"unknown, whatever it says", "chekout", `{`, 404, object{"key": "chekout", "errorCode": "FLAG_NOT_FOUND", "errorDetails": "no flag has this key"}},
		{"no JSON", "open", `{"context"`, 400, object{"key": "open", "errorCode": "PARSE_ERROR", "errorDetails": "body: not JSON: unexpected end of JSON input"}},
		{"two values", "open", `{} {}`, 400, object{"key": "open", "errorCode": "PARSE_ERROR", "errorDetails": "body: not JSON: invalid character '{' after top-level value"}},
		{"a list", "open", `[]`, 400, object{"key": "open", "errorCode": "PARSE_ERROR", "errorDetails": "body: want a JSON object"}},
		{"too much", "open", `{"context": {"a": "` + strings.Repeat("x", maxBody) + `"}}`, 400, object{"key": "open", "errorCode": "PARSE_ERROR", "errorDetails": "body: want at most 262144 bytes"}},
		{"a context of another kind", "open", `{"context": "ann"}`, 400, object{"key": "open", "errorCode": "INVALID_CONTEXT", "errorDetails": "context: want an object of attributes by name"}},
		{"a number for a name", "open", `{"context": {"targetingKey": 42}}`, 400, object{"key": "open", "errorCode": "INVALID_CONTEXT", "errorDetails": "context.targetingKey: want a text"}},
		{"nobody", "open", `{"context": {"targetingKey": null}}`, 200, object{"key": "open", "reason": "DEFAULT", "metadata": shop}},
		{"too deep", "open", `{"context": {"a": ` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}}`, 400, object{
			"key": "open", "errorCode": "INVALID_CONTEXT", "errorDetails": "context: values in values, more than 32 deep: want fewer"}},
	} {
		got := r.post("/flags/"+c.key, c.body)
		is := got.item(t)
		if details, ok := c.want["errorDetails"]; ok && details == nil && is["errorDetails"] != "" {
			is["errorDetails"] = nil
		}
		if diff := cmp.Diff(c.want, is); got.status != c.status || diff != "" {
			t.Errorf("%s: %d, want %d (-want +got):\n%s", c.name, got.status, c.status, diff)
		}
	}
}

// TestBulk: all flags with what each came to, also those that went wrong.
func TestBulk(t *testing.T) {
	r := newRig(t, Options{Set: setOf(t, definitions)})
	got := r.post("/flags", `{"context": {"targetingKey": "ann", "email": "ann@example.com", "which": "odd"}}`)
	all := got.item(t)
	reasons := map[string]any{}
	for _, f := range all["flags"].([]any) {
		f := f.(map[string]any)
		reasons[f["key"].(string)] = f["reason"]
		if f["errorCode"] != nil {
			reasons[f["key"].(string)] = f["errorCode"]
		}
	}
	want := map[string]any{
		"checkout": "TARGETING_MATCH", "limit": "STATIC", "title": "STATIC", "theme": "STATIC", "dark": "DISABLED",
		"open": "DEFAULT", "torn": "GENERAL", "a/b c?": "STATIC",
	}
	if diff := cmp.Diff(want, reasons); got.status != 200 || diff != "" {
		t.Errorf("%d (-want +got):\n%s", got.status, diff)
	}
	if diff := cmp.Diff(map[string]any{"flagSetId": "shop", "version": 7.0}, all["metadata"]); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	for _, c := range []struct{ body, want string }{
		{`{"context": [1]}`, `{"errorCode":"INVALID_CONTEXT","errorDetails":"context: want an object of attributes by name"}`},
		{`nothing`, `{"errorCode":"PARSE_ERROR","errorDetails":"body: not JSON: invalid character 'o' in literal null (expecting 'u')"}`},
	} {
		if got := r.post("/flags", c.body); got.status != 400 || got.body != c.want || got.header.Get("ETag") != "" {
			t.Errorf("%s: %d %s, want 400 %s and no ETag", c.body, got.status, got.body, c.want)
		}
	}
}

// TestWithoutFlags: the protocol is served where there are none, too.
func TestWithoutFlags(t *testing.T) {
	r := newRig(t, Options{})
	if got := r.post("/flags", ``); got.status != 200 || len(got.item(t)["flags"].([]any)) != 0 {
		t.Errorf("all: %d %s", got.status, got.body)
	}
	if got := r.post("/flags/checkout", ``); got.status != 404 {
		t.Errorf("one: %d %s", got.status, got.body)
	}
}

// TestWhatIsKnownWins: what a request is known to say of somebody is over what it says.
func TestWhatIsKnownWins(t *testing.T) {
	r := newRig(t, Options{Set: setOf(t, definitions), Known: func(h http.Header) map[string]flag.Value {
		known := map[string]flag.Value{}
		if email := h.Get("X-Email"); email != "" {
			known["email"] = flag.TextValue(email)
		}
		return known
	}})
	variant := func(body string, headers ...string) any {
		t.Helper()
		return r.post("/flags/checkout", body, headers...).item(t)["variant"]
	}
	if got := variant(internalUser); got != "on" {
		t.Errorf("nothing is known: %v", got)
	}
	if got := variant(internalUser, "X-Email", "eve@elsewhere.org"); got != "off" {
		t.Errorf("known as another: %v", got)
	}
	if got := variant(``, "X-Email", "ann@example.com"); got != "on" {
		t.Errorf("known, and says nothing: %v", got)
	}
	first := r.post("/flags", internalUser).header.Get("ETag")
	if got := r.post("/flags", internalUser, "X-Email", "eve@elsewhere.org", "If-None-Match", first); got.status != 200 {
		t.Errorf("known as another, with the first tag: %d", got.status)
	}
}
