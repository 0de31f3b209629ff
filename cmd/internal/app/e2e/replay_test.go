//go:build !race

package e2e

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

// Promise: whoever follows the events hears of every change once, in order, over a
// restart, too; and the history has them all, page by page.
func TestEventsAndHistoryOverARestart(t *testing.T) {
	t.Parallel()
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	w.writeText(fmt.Sprintf(`
listeners: [{name: web, address: %q}]
admin: {address: %q}
state: %q
upstreams:
  api: {stable: v1, versions: {v1: {weight: 100, endpoints: [%q]}, v2: {weight: 0, endpoints: [%q]}}}
routes: [{host: "*", path: /, upstream: api}]
`, w.web, w.admin, filepath.Join(w.dir, "state"), a.addr, b.addr))
	w.start()
	c, err := api.NewClient(w.admin)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard, ended := make(chan api.Event, 100), make(chan error, 1)
	go func() {
		ended <- c.Follow(ctx, "none yet", func(e api.Event) error {
			if e.Type == api.EventRevision && e.Upstream == "api" {
				heard <- e
			}
			return nil
		})
	}()
	change := func(weight int) {
		t.Helper()
		var u upstreamAnswer
		w.must("PUT", "/v1/upstreams/api/split", fmt.Sprintf(`{"weights":{"v2":%d}}`, weight), &u)
		for {
			e := receive(t, "the event of a change", heard)
			if e.Revision > u.Revision {
				t.Fatalf("revision %d, want %d first", e.Revision, u.Revision)
			}
			if e.Revision == u.Revision {
				return
			}
			if weight > 10 { // the first is the file's
				t.Errorf("revision %d again", e.Revision)
			}
		}
	}
	change(10)
	change(20)
	w.stop()
	w.start()
	change(30)
	w.kill()
	w.start()
	change(40)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v", err)
	}

	all := w.history()
	var pages []revisionAnswer
	for path := "/v1/upstreams/api/history?limit=2"; path != ""; {
		var h struct {
			Revisions []revisionAnswer
			Next      uint64
		}
		w.must("GET", path, "", &h)
		pages = append(pages, h.Revisions...)
		if path = ""; h.Next != 0 {
			path = fmt.Sprintf("/v1/upstreams/api/history?limit=2&before=%d", h.Next)
		}
	}
	if fmt.Sprint(pages) != fmt.Sprint(all) || len(all) != 5 {
		t.Errorf("in pages of 2 %v, want the 5 of %v", pages, all)
	}
	out, _, code := w.cli("rollout", "history", "api", "--limit", "3")
	if code != 0 || strings.Count(out, "\n") != 4 {
		t.Errorf("exit %d, want a head and 3 revisions in\n%s", code, out)
	}
}
