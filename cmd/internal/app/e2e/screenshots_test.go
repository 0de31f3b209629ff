//go:build screenshots && !race

package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"image/png"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestScreenshots saves what the dashboard looks like, for people to look at, in the
// folder SHOTS or docs/images: make screenshots. The docs have some of them.
func TestScreenshots(t *testing.T) {
	dir, err := filepath.Abs(cmp.Or(os.Getenv("SHOTS"), "../../../../docs/images"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWeir(t)
	v1, v2 := likely(t, 12, 0.001), likely(t, 11, 0.001)
	shop, search := likely(t, 38, 0.003), likely(t, 6, 0)
	gone := newBackend(t)
	gone.sick.Store(true)
	db := newDatabase(t, 42)
	old, fresh := likely(t, 9, 0), likely(t, 9, 0)
	many := []string{search.addr}
	for len(many) < 39 {
		many = append(many, search.another(t))
	}
	if err := os.WriteFile(filepath.Join(w.dir, "flags.json"), []byte(flagsDrawn), 0o600); err != nil {
		t.Fatal(err)
	}
	w.writeText(fmt.Sprintf(`listeners: [{name: web, address: %q}]
admin: {address: %q}
state: ./state
upstreams:
  api:
    stable: v41
    versions:
      v41: {weight: 100, endpoints: [%s]}
      v42: {weight: 0, endpoints: [%s]}
    health: {active: {path: /health, interval: 1s, timeout: 500ms}}
    rollout:
      steps: [{weight: 1%%, hold: 8s}, {weight: 10%%, hold: 15s, until: certified, max_hold: 10m}, {weight: 25%%, pause: true}, {weight: 50%%, hold: 1m}, {weight: 100%%}]
      gates: [{name: release-manager, at: before_switch, approval: true}]
      bake: 5m
  checkout:
    stable: blue
    versions:
      blue: {weight: 80, endpoints: [%s]}
      green: {weight: 15, endpoints: [%[5]s]}
      experiment: {weight: 5, endpoints: [%[5]s]}
  search:
    stable: v7
    versions: {v7: {weight: 100, endpoints: [%[6]s, %[7]q]}, v8: {weight: 0, endpoints: [%[8]q]}}
    health: {active: {path: /health, interval: 1s, timeout: 500ms}}
    rollout: {steps: [{weight: 50%%, hold: 1m}, {weight: 100%%}]}
  suggest:
    stable: v7
    versions: {v7: {weight: 100, endpoints: [%[8]q]}, v8: {weight: 0, endpoints: [%[8]q]}}
    rollout: {steps: [{weight: 50%%, hold: 1m}, {weight: 100%%}]}
  images: {versions: {v1: {endpoints: [%[8]q]}}}
  reports:
    stable: r1
    versions: {r1: {weight: 100, endpoints: [%[9]s]}, r2: {weight: 0, endpoints: [%[10]s]}}
    health: {active: {path: /health, interval: 500ms, rise: 2}}
    rollout: {strategy: rolling, rolling: {max_surge: 1, max_unavailable: 0, min_ready: 20s, progress_deadline: 10m}, bake: 5m}
  catalog:
    stable: v1
    versions: {v1: {weight: 100, endpoints: [%[8]q]}, v2: {weight: 0, endpoints: [%[8]q]}}
    rollout: {steps: [{mirror: 50%%, hold: 5m, max_mismatch: 1%%}, {weight: 5%%, hold: 1m}, {weight: 100%%}]}
  orders:
    stable: v1
    versions: {v1: {weight: 100, schema: "41-42", endpoints: [%[8]q]}, v2: {weight: 0, schema: "42-43", endpoints: [%[8]q]}}
    schema: {url: "%[11]s/version", interval: 1s}
    rollout:
      steps: [{weight: 1%%, hold: 2s, switch_writes: true}, {weight: 25%%, hold: 10m}, {weight: 100%%}]
      min_requests: 5
      writes: {pinned: true, read_your_writes: 10s}
      gates: [{name: contract, at: after_finish, http: {url: "%[11]s/contract"}}]
      write_hold: {max: 5s, max_requests: 1000, on_expiry: reject}
groups: {find: {upstreams: [search, suggest]}}
flags: {files: [flags.json], pass: {headers: [new-checkout, price-list]}, context: {headers: {X-Id: targetingKey}}, rollouts: {new-checkout: {to: on, steps: [{segment: internal, pause: true}, {weight: 10%%, hold: 10m}, {weight: 100%%}], min_requests: 1}}}
routes:
  - {host: api.test, path: /, upstream: api}
  - {host: shop.test, path: /, upstream: checkout}
  - {host: search.test, path: /, upstream: search}
  - {host: suggest.test, path: /, upstream: suggest}
  - {host: images.test, path: /, upstream: images}
  - {host: reports.test, path: /, upstream: reports}
  - {host: catalog.test, path: /, upstream: catalog}
  - {host: orders.test, path: /, upstream: orders}
`, w.web, w.admin, quoted([]string{v1.addr, v1.another(t), v1.another(t)}), quoted([]string{v2.addr, v2.another(t)}),
		quoted([]string{shop.addr, shop.another(t)}), quoted(many), gone.addr, search.addr,
		quoted([]string{old.addr, old.another(t), old.another(t), old.another(t)}), quoted([]string{fresh.addr, fresh.another(t), fresh.another(t), fresh.another(t)}), db.URL))
	w.start()
	visit(t, w.web, "api.test", 280)
	visit(t, w.web, "shop.test", 60)
	visit(t, w.web, "search.test", 90)
	visit(t, w.web, "suggest.test", 25)
	visit(t, w.web, "reports.test", 20)
	visit(t, w.web, "catalog.test", 40)
	visit(t, w.web, "orders.test", 20)
	watch(t, "screenshots.mjs", w, map[string]func(){
		"fail": func() { v2.does(func(int, *http.Request) reply { return reply{status: chance(0.2), delay: took(30)} }) },
		"stop": w.stop,
	}, "SHOTS="+dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures in %s: %v", dir, err)
	}
	for _, file := range files {
		if err := smaller(file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// flagsDrawn are asked for by all requests, but for the last one.
const flagsDrawn = `{
  "$evaluators": {"internal": {"ends_with": [{"var": "email"}, "@example.com"]}},
  "flags": {
    "new-checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
      "targeting": {"if": [{"$ref": "internal"}, "on", {"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}, ["on", 20], ["off", 80]]}]}},
    "price-list": {"state": "ENABLED", "variants": {"2025": "2025", "2026": "2026"}, "defaultVariant": "2025"},
    "theme": {"state": "ENABLED", "variants": {"red": {"accent": "#d33", "dark": false}, "blue": {"accent": "#33d", "dark": true}}, "defaultVariant": "red"}
  }
}`

// smaller packs a picture better than the browser does.
func smaller(file string) error {
	in, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(in))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, picture); err != nil || out.Len() >= len(in) {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// likely answers as a service does: mostly soon, seldom late, and hardly ever badly.
func likely(t *testing.T, milliseconds, errors float64) *backend {
	t.Helper()
	b := newBackend(t)
	b.does(func(int, *http.Request) reply { return reply{status: chance(errors), delay: took(milliseconds)} })
	return b
}

func chance(errors float64) int {
	if rand.Float64() < errors {
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

func took(milliseconds float64) time.Duration {
	return time.Duration(milliseconds * (0.6 + 0.4*rand.ExpFloat64()) * float64(time.Millisecond))
}
