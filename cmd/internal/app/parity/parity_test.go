//go:build !race

package parity

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"weir/cmd/internal/app/ground"
)

// fewest is how many cases there are at least. A corpus that shrinks proves less.
const fewest = 60

// Promise: an imported nginx.conf does what it did, case by case, but for what
// docs/nginx.md explains.
func TestCorpus(t *testing.T) {
	nginx(t)
	all, err := trials()
	if err != nil {
		t.Fatal(err)
	}
	e, err := readEverywhere()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < fewest {
		t.Errorf("%d cases, want at least %d", len(all), fewest)
	}
	var mu sync.Mutex
	results := map[string]result{}
	t.Run("case", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				r := c.run(t, e)
				mu.Lock()
				results[c.name] = r
				mu.Unlock()
			})
		}
	})
	if len(results) == len(all) && !*twice { // not only some of them
		for _, k := range e.known {
			if !k.used {
				t.Errorf("everywhere, %s: %s does not differ as it says in any case any more", k.where, k.field)
			}
		}
	}
	t.Log(table(all, results))
}

// run plays a case with both proxies.
func (c *trial) run(t *testing.T, e *everywhere) result {
	backends := map[string]string{}
	for _, name := range c.backends() {
		backends[name] = ground.FreeAddr(t)
	}
	listen := ground.FreeAddr(t)
	addresses := maps.Clone(backends)
	addresses["listen"] = listen
	file, err := c.write(t.TempDir(), addresses)
	if err != nil {
		t.Fatal(err)
	}
	if c.script.rejected {
		return c.bothReject(t, file)
	}
	proxy := startNginx(t, file, listen)
	want := play(t, c, "nginx", listen, backends)
	proxy.stop()
	var got []seen
	switch {
	case *twice:
		proxy = startNginx(t, file, listen)
		got = play(t, c, "nginx", listen, backends)
		proxy.stop()
		for _, k := range append(e.known, c.known()...) {
			k.used = true
		}
	case c.script.refused != "":
		return c.weirRefuses(t, file, len(want))
	default:
		proxy = startWeir(t, file, listen)
		got = play(t, c, "weir", listen, backends)
		proxy.stop()
	}
	return c.judge(t, c.script.compare(want, got), e)
}

// bothReject demands that neither proxy takes the file.
func (c *trial) bothReject(t *testing.T, file string) result {
	if out, err := checkNginx(t, file); err == nil {
		t.Errorf("nginx -t takes it: %s", out)
	}
	if !*twice {
		c.weirRefuses(t, file, 0)
	}
	return result{trial: c, note: "neither takes it"}
}

var atLine = regexp.MustCompile(`case\.conf:[0-9]+`)

// weirRefuses demands that the import ends with the place of what it does not take.
func (c *trial) weirRefuses(t *testing.T, file string, requests int) result {
	to := file + ".yaml"
	switch out, err := importFile(t, file, to); {
	case err == nil:
		t.Errorf("weir import takes it: %s", out)
	case !atLine.MatchString(out):
		t.Errorf("weir import does not say where: %s", out)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("weir import has written a file although it has not taken this one")
	}
	return result{trial: c, requests: requests, note: "Weir refuses it"}
}

// table shows what was compared.
func table(all []*trial, results map[string]result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-28s %8s %8s %9s  %s\n", "config", "requests", "equal", "explained", "shows")
	var sum result
	for _, c := range all {
		r, ok := results[c.name]
		if !ok {
			continue
		}
		title := c.title
		if r.note != "" {
			title = r.note + ": " + title
		}
		fmt.Fprintf(&b, "%-28s %8d %8d %9d  %s\n", c.name, r.requests, r.equal, r.explained, title)
		sum.requests, sum.equal, sum.explained = sum.requests+r.requests, sum.equal+r.equal, sum.explained+r.explained
	}
	fmt.Fprintf(&b, "%-28s %8d %8d %9d", fmt.Sprintf("%d configs", len(results)), sum.requests, sum.equal, sum.explained)
	return b.String()
}

// Every difference has its reason in the docs, and every reason there a difference.
func TestDifferencesHaveReasons(t *testing.T) {
	docs, err := os.ReadFile("../../../../docs/nginx.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{} // and whether a case is about it
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9.-]+)` \\|").FindAllSubmatch(docs, -1) {
		told[string(m[1])] = false
	}
	all, err := trials()
	if err != nil {
		t.Fatal(err)
	}
	e, err := readEverywhere()
	if err != nil {
		t.Fatal(err)
	}
	slugs := map[string]bool{}
	for _, k := range e.known {
		slugs[k.slug] = true
	}
	for _, c := range all {
		for _, k := range c.known() {
			slugs[k.slug] = true
		}
		if c.script.refused != "" {
			slugs[c.script.refused] = true
		}
	}
	for slug := range slugs {
		if _, ok := told[slug]; !ok {
			t.Errorf("docs/nginx.md has no reason for %s", slug)
		}
		told[slug] = true
	}
	for slug, occurs := range told {
		if !occurs {
			t.Errorf("docs/nginx.md has a reason for %s, but no case shows it", slug)
		}
	}
}
