//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Promise: a flag goes from the dark to the staff by a header, to the beta by a claim that
// is verified, to a tenth of all; there the variant begins to fail, and about a second
// later it is off by itself. Nobody beside it has seen an error.
func TestFlagRamp(t *testing.T) {
	t.Parallel()
	var bad atomic.Bool
	var on, first, last atomic.Int64 // requests with the variant; when it failed, in ns
	app := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Flag-new-checkout") != "on" {
			return
		}
		if on.Add(1); bad.Load() {
			now := time.Now().UnixNano()
			first.CompareAndSwap(0, now)
			last.Store(now)
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(app.Close)
	w := newWeir(t)
	stranger := w.signs("theirs")(jwt.MapClaims{"plan": "beta"})
	beta := w.signs("ours")(jwt.MapClaims{"plan": "beta"}) // whose key is the file's now
	flags := `{"$evaluators": {"internal": {"==": [{"var": "team"}, "core"]}, "beta": {"==": [{"var": "plan"}, "beta"]}},
  "flags": {"new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}}}`
	if err := os.WriteFile(filepath.Join(w.dir, "flags.json"), []byte(flags), 0o600); err != nil {
		t.Fatal(err)
	}
	text := w.yaml(conf{versions: []version{one("v1", 100, strings.TrimPrefix(app.URL, "http://"))}})
	w.writeText(text + `
flags:
  files: [flags.json]
  context: {headers: {X-User-Id: targetingKey, X-Team: team}, jwt: {jwks_file: keys.json, claims: {plan: plan}}}
  pass: {headers: [new-checkout]}
  rollouts:
    new-checkout: {to: "on", min_requests: 5, steps: [{segment: internal, pause: true}, {segment: beta, pause: true}, {weight: 10%, pause: true}, {weight: 100%}]}
`)
	w.start()
	user := 0
	ask := func(name, value string) (status int) {
		t.Helper()
		r, err := http.NewRequest("GET", "http://"+w.web+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		user++
		r.Header.Set("X-User-Id", fmt.Sprint("user", user))
		if name != "" {
			r.Header.Set(name, value)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a.StatusCode
	}
	// has demands who gets the variant: the staff, the beta, and of a hundred others some.
	has := func(when string, staff, tester bool, least, most int64) {
		t.Helper()
		for _, c := range []struct {
			name, value string
			want        bool
		}{{"X-Team", "core", staff}, {"Authorization", beta, tester}} {
			n := on.Load()
			if ask(c.name, c.value); on.Load() > n != c.want {
				t.Errorf("%s: by %s, has the variant: %v, want %v", when, c.name, !c.want, c.want)
			}
		}
		n := on.Load()
		for range 200 {
			ask("", "")
		}
		if got := on.Load() - n; got < least || got > most {
			t.Errorf("%s: %d of 200 others have the variant, want %d to %d", when, got, least, most)
		}
	}
	has("dark", false, false, 0, 0)
	w.does("rollout", "start", "--flag", "new-checkout", "--reason", "it is time")
	has("for the staff", true, false, 0, 0)
	w.does("rollout", "promote", "--flag", "new-checkout")
	has("for the beta", true, true, 0, 0)
	if n := on.Load(); ask("Authorization", stranger) != 200 || on.Load() > n {
		t.Error("a claim that somebody else has signed lets into the beta")
	}
	w.does("rollout", "promote", "--flag", "new-checkout")
	has("for a tenth", true, true, 5, 45)
	bad.Store(true)
	deadline := time.Now().Add(20 * time.Second)
	for beside := 0; ; {
		n := on.Load()
		if status := ask("", ""); status != 200 && on.Load() == n {
			beside++
			t.Errorf("%d users beside the variant have seen an error", beside)
		}
		if user%100 != 0 {
			continue
		}
		if out, _, _ := w.cli("rollout", "status", "--flag", "new-checkout"); strings.Contains(out, "reverted") {
			break
		}
		if time.Now().After(deadline) {
			out, _, _ := w.cli("rollout", "status", "--flag", "new-checkout")
			t.Fatalf("not reverted:\n%s", out)
		}
	}
	if took := time.Duration(last.Load() - first.Load()); took > 1500*time.Millisecond {
		t.Errorf("from the first failure to the last %s, want about a second at most", took)
	} else {
		t.Logf("from the first failure to the last %s", took)
	}
	bad.Store(false)
	has("taken back", false, false, 0, 0)
	w.says("flag history new-checkout", "it is time", "worse")
	w.says("flag history new-checkout", "on to internal and beta and 10%")
	w.says("audit --flag new-checkout", "start new-checkout", "rollout new-checkout on to internal and beta ", "rollout new-checkout as the file says")
	w.says("events --flag new-checkout", "flag       new-checkout: as the file says", "rollout    new-checkout on: reverted")
}
