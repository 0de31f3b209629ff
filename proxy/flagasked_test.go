package proxy

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"weir/proxy/flag"
)

// TestKnownOfWhoeverAsks: what a request for decisions is known to say, as one of a user
// is, without an address.
func TestKnownOfWhoeverAsks(t *testing.T) {
	believed, sign := tokens(t, &TokenStats{})
	f, err := NewFlags(FlagsOptions{
		Set: flagSet(t, `{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"if": [
			{"missing": ["user", "plan", "ip", "groups", "env", "more"]}, "on", "on"]}}}}`),
		Tokens: believed,
		Sources: map[string]AttributeSource{
			"user": {Header: "x-user-id"}, "plan": {Cookie: "plan"}, "ip": {ClientIP: true},
			"groups": {Claim: "groups"}, "env": {Static: flag.TextValue("prod")}, "unasked": {Header: "x-unasked"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	good := sign(jwt.MapClaims{"groups": []string{"beta"}, "exp": time.Now().Add(time.Hour).Unix()})
	for _, c := range []struct {
		name string
		head http.Header
		want map[string]string
	}{
		{"nothing", http.Header{}, map[string]string{"env": `"prod"`}},
		{"everything", http.Header{
			"X-User-Id": {"ann", "bob"}, "Cookie": {"a=b", "x=y; Plan=pro; plan=free"}, "X-Unasked": {"1"}, "Authorization": {"Bearer " + good},
		}, map[string]string{"env": `"prod"`, "user": `"ann"`, "plan": `"pro"`, "groups": `["beta"]`}},
		{"a token of this server's", http.Header{"Authorization": {"Bearer evaluate-0123456789"}}, map[string]string{"env": `"prod"`}},
	} {
		got := map[string]string{}
		for name, v := range f.Known(c.head) {
			got[name] = v.String()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
