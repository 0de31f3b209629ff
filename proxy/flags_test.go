package proxy

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/flag"
)

// definitions of the tests: who is sees plan, internal or the claim groups gets on.
const checkout = `{
  "$evaluators": {"internal": {"ip_in": [{"var": "ip"}, ["127.0.0.0/8"]]}},
  "flags": {
    "checkout": {
      "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
      "targeting": {"if": [{"==": [{"var": "plan"}, "gold"]}, "on", {"in": ["beta", {"var": "groups"}]}, "on", null]}
    },
    "inside": {"state": "ENABLED", "variants": {"yes": 1, "no": 0}, "defaultVariant": "no", "targeting": {"if": [{"$ref": "internal"}, "yes", "no"]}},
    "dark": {"state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"},
    "words": {"state": "ENABLED", "variants": {"a, b%": "x"}, "defaultVariant": "a, b%"}
  }
}`

func flagSet(t testing.TB, definitions string) *flag.Set {
	t.Helper()
	f, problems := flag.Parse("flags.json", []byte(definitions))
	if len(problems) == 0 {
		var set *flag.Set
		if set, problems = flag.Compile([]*flag.File{f}); len(problems) == 0 {
			return set
		}
	}
	t.Fatal(problems)
	return nil
}

// flagged makes a rig's next snapshot have flags.
func (r *rig) flagged(t testing.TB, o FlagsOptions, routes ...Route) *Flags {
	t.Helper()
	if o.Set == nil {
		o.Set = flagSet(t, checkout)
	}
	f, err := NewFlags(o)
	if err != nil {
		t.Fatal(err)
	}
	r.flaggedBy(t, f, routes...)
	return f
}

func (r *rig) flaggedBy(t testing.TB, f *Flags, routes ...Route) {
	t.Helper()
	routes = append(routes, Route{Match: Match{Host: "*", Path: "/"}, Upstream: r.up})
	snap, err := NewFlaggedSnapshot(r.snap.Load().Generation+1, routes, f)
	if err != nil {
		t.Fatal(err)
	}
	snap.Clients = r.snap.Load().Clients
	r.Publish(snap)
}

var plan = map[string]AttributeSource{"plan": {Cookie: "plan"}, "ip": {ClientIP: true}}

// saysFlags answers with what it was told of flags.
func saysFlags(w http.ResponseWriter, r *http.Request) {
	var told []string
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Flag-") || name == "Baggage" {
			told = append(told, name+"="+strings.Join(values, "|"))
		}
	}
	slices.Sort(told)
	fmt.Fprint(w, strings.Join(told, " "))
}

func (c *client) with(head string) got {
	c.t.Helper()
	c.send("GET / HTTP/1.1\r\nHost: weir.test\r\n" + head + "\r\n")
	return c.receive("GET")
}

// Decisions go upstream, and what a client says of them does not.
func TestUpstreamsAreToldOfFlags(t *testing.T) {
	r := start(t, one(t, backend(t, saysFlags)), Options{})
	r.flagged(t, FlagsOptions{Sources: plan, Headers: []string{"checkout", "dark", "inside"}, Baggage: []string{"checkout", "words"}})
	long := strings.Repeat("x", 4000)
	many := strings.Repeat("k=v,", 80)
	for name, tt := range map[string]struct{ head, want string }{
		"nothing said":    {"", "Baggage=flag.checkout=off,flag.words=a%2C%20b%25 X-Flag-Checkout=off X-Flag-Inside=yes"},
		"a cookie":        {"Cookie: a=b; plan=gold\r\n", "Baggage=flag.checkout=on,flag.words=a%2C%20b%25 X-Flag-Checkout=on X-Flag-Inside=yes"},
		"a hostile one":   {"X-Flag-Checkout: on\r\nx-flag-dark: on\r\nX-FLAG-other: 1\r\nX_Flag_Checkout: on\r\nBaggage: flag.checkout=on, flag.z=1\r\n", "Baggage=flag.checkout=off,flag.words=a%2C%20b%25 X-Flag-Checkout=off X-Flag-Inside=yes"},
		"its own baggage": {"Baggage: a=1;p=q , flag.checkout=on\r\nbaggage: ,b=2,\r\n", "Baggage=a=1;p=q,b=2,flag.checkout=off,flag.words=a%2C%20b%25 X-Flag-Checkout=off X-Flag-Inside=yes"},
		"too long":        {"Baggage: a=" + long + ",b=" + long + ",c=" + long + ",d=1\r\n", "Baggage=a=" + long + ",b=" + long + ",d=1,flag.checkout=off,flag.words=a%2C%20b%25 X-Flag-Checkout=off X-Flag-Inside=yes"},
		"too many":        {"Baggage: " + many + "\r\n", "Baggage=" + strings.Repeat("k=v,", 62) + "flag.checkout=off,flag.words=a%2C%20b%25 X-Flag-Checkout=off X-Flag-Inside=yes"},
	} {
		if got := r.dial(t).with(tt.head).body; got != tt.want {
			t.Errorf("%s: the endpoint was told\n%s\nwant\n%s", name, got, tt.want)
		}
	}
	// Nor behind a body.
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Flag-Checkout: on\r\nX-Other: 1\r\n\r\n")
	if got := c.receive("POST").body; strings.Contains(got, "on") {
		t.Errorf("with a trailer: %s", got)
	}
}

// Without flags nothing is taken out.
func TestWithoutFlags(t *testing.T) {
	r := start(t, one(t, backend(t, saysFlags)), Options{})
	if got := r.dial(t).with("X-Flag-A: 1\r\nBaggage: flag.a=1\r\n").body; got != "Baggage=flag.a=1 X-Flag-A=1" {
		t.Errorf("the endpoint was told %s", got)
	}
}

// A route that asks a flag goes before one that does not, for as long as it holds; what is
// set over the definition is in force with the next request.
func TestRoutesAskFlags(t *testing.T) {
	says := func(s string) string {
		return backend(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) })
	}
	r := start(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{says("old")}}, part{name: "v2", addresses: []string{says("new")}}), Options{})
	live := NewFlagLive([]string{"on", "off"}, nil)
	when := Route{Match: Match{Host: "*", Path: "/", When: &When{Flag: "checkout", Variants: []string{"on"}}}, Upstream: r.up, Version: "v2"}
	f := r.flagged(t, FlagsOptions{Sources: plan, Live: map[string]*FlagLive{"checkout": live}}, when)
	c := r.dial(t)
	expect := func(what, head, want string) {
		t.Helper()
		if got := c.with(head).body; got != want {
			t.Errorf("%s: %q answers, want %q", what, got, want)
		}
	}
	expect("as defined", "", "old")
	expect("by a rule", "Cookie: plan=gold\r\n", "new")
	set := f.Set().Flag("checkout")
	r.flaggedBy(t, f.With(map[string]*flag.Layer{"checkout": {Force: set.Variant("on")}}), when)
	expect("forced", "", "new")
	r.flaggedBy(t, f.With(map[string]*flag.Layer{"checkout": {Force: set.Variant("on"), Disabled: true}}), when)
	expect("disabled", "Cookie: plan=gold\r\n", "old")
	r.flaggedBy(t, f, when)
	for _, e := range r.up.Versions[1].Endpoints {
		e.Live.SetAdmin(balancer.Down)
	}
	expect("the version cannot take it", "Cookie: plan=gold\r\n", "old")

	var on, off, none outcome.Totals
	eventually(t, "five requests counted", func() bool { // the last one a moment after its answer
		live.Outcome("on").Totals(&on)
		live.Outcome("off").Totals(&off)
		live.Outcome("").Totals(&none)
		return on.Requests()+off.Requests()+none.Requests() == 5
	})
	if on.Requests() != 3 || off.Requests() != 1 || none.Requests() != 1 || on.FirstLatency.Count() != 3 {
		t.Errorf("%d requests with on (%d times), %d with off and %d without: want 3, 1 and 1", on.Requests(), on.FirstLatency.Count(), off.Requests(), none.Requests())
	}
	var decided []string
	for d := range live.Decisions() {
		decided = append(decided, fmt.Sprintf("%s %s %d", d.Variant, d.Reason, d.Count))
	}
	if want := []string{"on STATIC 1", "on TARGETING_MATCH 2", "off DEFAULT 1", " DISABLED 1"}; !slices.Equal(decided, want) {
		t.Errorf("decisions %q, want %q", decided, want)
	}
}

// Where writes go to one version a flag leads none to another, nor who has just written.
func TestFlagsLeadNoWriteAway(t *testing.T) {
	up := writing(t, halves(t), 0, time.Minute)
	r := start(t, up, Options{})
	when := Route{Match: Match{Host: "*", Path: "/", When: &When{Flag: "checkout", Variants: []string{"on"}}}, Upstream: up, Version: "v2"}
	r.flagged(t, FlagsOptions{Sources: plan}, when)
	c := r.dial(t)
	for range 4 {
		if got := c.with("Cookie: plan=gold\r\n").body; got != "v2" {
			t.Errorf("a read went to %s, want v2", got)
		}
		a := c.placed("Cookie: plan=gold\r\n")
		if a.body != "v1" {
			t.Errorf("a write went to %s, want v1, where writes go", a.body)
		}
		wrote, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
		if got := c.with("Cookie: plan=gold; " + wrote + "\r\n").body; got != "v1" || wrote == "" {
			t.Errorf("a read after a write (%q) went to %s, want v1", wrote, got)
		}
	}
}

// A failure wakes whoever judges, and is counted where it belongs.
func TestFailuresByVariant(t *testing.T) {
	r := start(t, one(t, backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Flag-checkout") == "on" {
			w.WriteHeader(500)
		} else {
			w.WriteHeader(404)
		}
	})), Options{})
	live := NewFlagLive([]string{"on", "off"}, nil)
	r.flagged(t, FlagsOptions{Sources: plan, Headers: []string{"checkout"}, Live: map[string]*FlagLive{"checkout": live}})
	c := r.dial(t)
	c.with("")
	if len(live.Wake) != 0 {
		t.Error("a 404 wakes somebody")
	}
	c.with("Cookie: plan=gold\r\n")
	receive(t, "a wake-up", live.Wake)
	var on, off outcome.Totals
	live.Outcome("on").Totals(&on)
	live.Outcome("off").Totals(&off)
	if on.Failures() != 1 || on.Requests() != 1 || off.Failures() != 0 || off.ClientErrors != 1 {
		t.Errorf("on: %d of %d failed; off: %d failed and %d were 4xx", on.Failures(), on.Requests(), off.Failures(), off.ClientErrors)
	}
}

// tokens are signed by a key of the test's.
func tokens(t testing.TB, stats *TokenStats) (*Tokens, func(claims jwt.MapClaims) string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseTokenKeys(fmt.Appendf(nil, `{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": %q}]}`, base64.RawURLEncoding.EncodeToString(public)))
	if err != nil {
		t.Fatal(err)
	}
	return NewTokens(TokensOptions{
			Rules: TokenRules{Keys: keys, Algorithms: []string{"EdDSA"}}, Header: "authorization", Claims: []string{"groups", "sub"}, Stats: stats,
		}), func(claims jwt.MapClaims) string {
			out, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(private)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
}

func TestClaimsAreAttributes(t *testing.T) {
	stats := &TokenStats{}
	by, sign := tokens(t, stats)
	_, forged := tokens(t, stats)
	r := start(t, one(t, backend(t, saysFlags)), Options{})
	r.flagged(t, FlagsOptions{Tokens: by, Headers: []string{"checkout"}, Sources: map[string]AttributeSource{"groups": {Claim: "groups"}, "plan": {Header: "x-plan"}}})
	soon := time.Now().Add(time.Hour).Unix()
	beta := jwt.MapClaims{"exp": soon, "groups": []string{"alpha", "beta"}}
	for name, tt := range map[string]struct{ head, want string }{
		"none":               {"", "off"},
		"believed":           {"Authorization: Bearer " + sign(beta) + "\r\n", "on"},
		"alone":              {"authorization: " + sign(beta) + "\r\n", "on"},
		"in other letters":   {"Authorization: bEARER   " + sign(beta) + "\r\n", "on"},
		"another scheme":     {"Authorization: Basic " + sign(beta) + "\r\n", "off"},
		"another group":      {"Authorization: Bearer " + sign(jwt.MapClaims{"exp": soon, "groups": []string{"alpha"}}) + "\r\n", "off"},
		"over":               {"Authorization: Bearer " + sign(jwt.MapClaims{"exp": soon - 7200, "groups": []string{"beta"}}) + "\r\n", "off"},
		"by somebody else":   {"Authorization: Bearer " + forged(beta) + "\r\n", "off"},
		"no token":           {"Authorization: Bearer x\r\n", "off"},
		"not looked at":      {"Authorization: Bearer x\r\nX-Plan: gold\r\n", "on"},
		"without any group":  {"Authorization: Bearer " + sign(jwt.MapClaims{"exp": soon}) + "\r\n", "off"},
		"with groups nested": {"Authorization: Bearer " + sign(jwt.MapClaims{"exp": soon, "groups": map[string]any{"a": 1}}) + "\r\n", "off"},
	} {
		if got := r.dial(t).with(tt.head); got.body != "X-Flag-Checkout="+tt.want || got.StatusCode != 200 {
			t.Errorf("%s: %d, %s, want %s", name, got.StatusCode, got.body, tt.want)
		}
	}
	total := stats.Totals()
	if total["none"] != 2 || total["valid"] != 6 || total["expired"] != 1 || total["signature"] != 1 || total["malformed"] != 1 {
		t.Errorf("counted %v", total)
	}
}

// A flag is asked once: what it has said holds for every attempt, whatever happens to it
// meanwhile.
func TestAFlagIsAskedOnce(t *testing.T) {
	var r *rig
	var f *Flags
	tries := 0
	var told []string
	r = start(t, one(t, backend(t, func(w http.ResponseWriter, q *http.Request) {
		told = append(told, q.Header.Get("X-Flag-Checkout"))
		if tries++; tries == 1 {
			r.flaggedBy(t, f.With(map[string]*flag.Layer{"checkout": {Force: f.Set().Flag("checkout").Variant("on")}}))
			w.WriteHeader(503)
		}
	})), Options{})
	r.up.Versions[0].Endpoints = r.up.Versions[0].Endpoints[:1]
	f = r.flagged(t, FlagsOptions{Sources: plan, Headers: []string{"checkout"}})
	c := r.dial(t)
	c.with("")
	c.with("")
	if got := strings.Join(told, " "); got != "off on" && got != "off off on" {
		t.Errorf("attempts were told %q, want off within a request and then on", got)
	}
}

func TestFlagsThatAreNot(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	f, err := NewFlags(FlagsOptions{Set: flagSet(t, checkout), Sources: plan})
	if err != nil {
		t.Fatal(err)
	}
	route := func(w *When, version string) []Route {
		return []Route{{Match: Match{Path: "/", When: w}, Upstream: up, Version: version}}
	}
	for name, err := range map[string]error{
		"no flags":     func() error { _, err := NewSnapshot(1, route(&When{Flag: "checkout"}, "")); return err }(),
		"no such flag": func() error { _, err := NewFlaggedSnapshot(1, route(&When{Flag: "x"}, ""), f); return err }(),
		"no such variant": func() error {
			_, err := NewFlaggedSnapshot(1, route(&When{Flag: "checkout", Variants: []string{"x"}}, ""), f)
			return err
		}(),
		"no such version": func() error { _, err := NewFlaggedSnapshot(1, route(nil, "v9"), f); return err }(),
		"passed on":       func() error { _, err := NewFlags(FlagsOptions{Set: f.Set(), Headers: []string{"x"}}); return err }(),
		"a claim of no token": func() error {
			_, err := NewFlags(FlagsOptions{Set: f.Set(), Sources: map[string]AttributeSource{"groups": {Claim: "groups"}}})
			return err
		}(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
