//go:build !race

package e2e

import (
	"bytes"
	"fmt"
	"image/png"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestScreenshots saves what the dashboard looks like in the folder WEIR_SCREENSHOTS,
// for people to look at: make screenshots. The docs have some of them.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("WEIR_SCREENSHOTS")
	if dir == "" {
		t.Skip("WEIR_SCREENSHOTS is not set")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := newWeir(t)
	v1, v2 := likely(t, 12, 0.001), likely(t, 11, 0.001)
	shop, search := likely(t, 38, 0.003), likely(t, 6, 0)
	gone := newBackend(t)
	gone.sick.Store(true)
	many := []string{search.addr}
	for len(many) < 39 {
		many = append(many, search.another(t))
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
groups: {find: {upstreams: [search, suggest]}}
routes:
  - {host: api.test, path: /, upstream: api}
  - {host: shop.test, path: /, upstream: checkout}
  - {host: search.test, path: /, upstream: search}
  - {host: suggest.test, path: /, upstream: suggest}
  - {host: images.test, path: /, upstream: images}
`, w.web, w.admin, quoted([]string{v1.addr, v1.another(t), v1.another(t)}), quoted([]string{v2.addr, v2.another(t)}),
		quoted([]string{shop.addr, shop.another(t)}), quoted(many), gone.addr, search.addr))
	w.start()
	visit(t, w.web, "api.test", 280)
	visit(t, w.web, "shop.test", 60)
	visit(t, w.web, "search.test", 90)
	visit(t, w.web, "suggest.test", 25)
	watch(t, "screenshots.mjs", w, map[string]func(){
		"fail": func() { v2.does(func(int, *http.Request) reply { return reply{status: chance(0.2), delay: took(30)} }) },
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
