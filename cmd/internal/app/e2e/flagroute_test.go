//go:build !race

package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Promise: a version that has lost its share still serves whom a flag sends there: what is
// in flight is not cut off by the drain of the share, and it is not said to have none.
func TestVersionOfAFlagOutlivesItsShare(t *testing.T) {
	t.Parallel()
	v1 := newBackend(t)
	v2 := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) }))
	t.Cleanup(v2.Close)
	w := newWeir(t)
	flags := `{"flags": {"new": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}}}`
	if err := os.WriteFile(filepath.Join(w.dir, "flags.json"), []byte(flags), 0o600); err != nil {
		t.Fatal(err)
	}
	next := strings.TrimPrefix(v2.URL, "http://")
	w.writeText(w.yaml(conf{
		versions: []version{one("v1", 100, v1.addr), one("v2", 0, next)},
		extra:    "timeouts: {drain: 50ms}\nrollout: {strategy: canary, steps: [{weight: 10%, pause: true}, {weight: 100%}]}",
	}) + "  - {path: /new, upstream: api, version: v2, when: {flag: new, is: on}}\nflags: {files: [flags.json]}\n")
	w.start()
	w.does("rollout", "start", "api", "--to", "v2")
	w.does("rollout", "abort", "api")
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for range 25 {
				res, err := http.Post("http://"+w.web+"/new", "text/plain", strings.NewReader("order"))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if got := res.Header.Get("X-Weir-Version"); res.StatusCode != 200 || got != "v2" {
					t.Errorf("%d of %s, want 200 of v2", res.StatusCode, got)
				}
			}
		})
	}
	users.Wait()
	w.says("explain api "+next, next+" (v2) has no share of the requests", ": v2 has weight 0; flag new sends requests there.")
}
