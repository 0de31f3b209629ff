//go:build !race

package e2e

import (
	"fmt"
	"os"
	"strings"
)

// conf is what a test says about the one upstream, "api".
type conf struct {
	versions []version // the first is stable
	extra    string    // further YAML of the upstream, unindented
	noState  bool
}

type version struct {
	name      string
	weight    float64
	endpoints []string
}

// one is one version.
func one(name string, weight float64, endpoints ...string) version {
	return version{name, weight, endpoints}
}

// yaml is the configuration file.
func (w *weir) yaml(c conf) string {
	var b strings.Builder
	fmt.Fprintf(&b, "listeners:\n  - {name: web, address: %q}\n", w.web)
	fmt.Fprintf(&b, "admin: {address: %q}\n", w.admin)
	if !c.noState {
		b.WriteString("state: ./state\n")
	}
	fmt.Fprintf(&b, "upstreams:\n  api:\n    stable: %s\n    expose_version: true\n    versions:\n", c.versions[0].name)
	for _, v := range c.versions {
		fmt.Fprintf(&b, "      %s: {weight: %v, endpoints: [%s]}\n", v.name, v.weight, quoted(v.endpoints))
	}
	for line := range strings.Lines(strings.TrimSpace(c.extra)) {
		b.WriteString("    " + line)
	}
	b.WriteString("\nroutes:\n  - {host: \"*\", path: /, upstream: api}\n")
	return b.String()
}

func quoted(addresses []string) string {
	var b strings.Builder
	for i, a := range addresses {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", a)
	}
	return b.String()
}

// write replaces the file as a careful editor does.
func (w *weir) write(c conf) { w.t.Helper(); w.writeText(w.yaml(c)) }

func (w *weir) writeText(text string) {
	w.t.Helper()
	next := w.file + ".next"
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(next, w.file); err != nil {
		w.t.Fatal(err)
	}
}

// run writes c and starts the child.
func (w *weir) run(c conf) { w.t.Helper(); w.write(c); w.start() }
