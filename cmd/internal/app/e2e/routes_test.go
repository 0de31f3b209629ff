//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"weir/cmd/internal/app/ground"
)

// Promise: host and path lead to an upstream, by every listener, and what leads
// nowhere is answered 404.
func TestRoutesLeadToTheirUpstream(t *testing.T) {
	t.Parallel()
	api, shop, w := newBackend(t), newBackend(t), newWeir(t)
	second := ground.FreeAddr(t)
	w.writeText(fmt.Sprintf(`
listeners: [{name: web, address: %q}, {name: inner, address: %q}]
admin: {address: %q}
upstreams:
  api: {versions: {v1: {endpoints: [%q]}}}
  shop: {versions: {v1: {endpoints: [%q]}}}
routes:
  - {host: "*", path: /api, upstream: api}
  - {host: shop.example, path: /, upstream: shop}
  - {host: shop.example, path: /api/v2, upstream: api}
`, w.web, second, w.admin, api.addr, shop.addr))
	w.start()
	for _, listener := range []string{w.web, second} {
		for _, c := range []struct {
			host, path string
			want       *backend // nil: 404
		}{
			{"any.example", "/api", api},
			{"any.example", "/api/x?y=/", api},
			{"any.example", "/apix", nil},
			{"any.example", "/", nil},
			{"shop.example", "/", shop},
			{"shop.example:80", "/api", shop}, // a host of its own comes before any host
			{"SHOP.example", "/api/v2/x", api},
			{"shop.example", "/api/v20", shop},
		} {
			req, err := http.NewRequest("GET", "http://"+listener+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			status, addr := http.StatusNotFound, ""
			if c.want != nil {
				status, addr = http.StatusOK, c.want.addr
			}
			if res.StatusCode != status || res.Header.Get("X-Backend") != addr {
				t.Errorf("%s%s: %d from %q, want %d from %q", c.host, c.path, res.StatusCode, res.Header.Get("X-Backend"), status, addr)
			}
		}
	}
}
