//go:build !race

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/cmd/internal/app/ground"
)

// openFeature has OpenFeature's own clients, which nobody here has written.
const openFeature = "testdata/openfeature"

// withClients has OpenFeature's clients in a folder.
func withClients(t *testing.T, dir string) {
	t.Helper()
	browserTools(t, openFeature)
	modules, err := filepath.Abs(filepath.Join(openFeature, "node_modules"))
	if err == nil {
		err = os.Symlink(modules, filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpenFeatureClients: programs and pages have flags decided by a real Weir, change when
// they do, and have their defaults when it is away.
func TestOpenFeatureClients(t *testing.T) {
	t.Parallel()
	browserTools(t, openFeature)
	for _, script := range []string{"server.mjs", "web.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			origin := "http://" + ground.FreeAddr(t)
			w, ofrep := newFlagWeir(t, `"`+origin+`"`)
			w.start()
			runScript(t, openFeature, script, map[string]func(){
				"disable": func() { w.operate("flag", "disable", "new-checkout") },
				"enable":  func() { w.operate("flag", "enable", "new-checkout") },
				"stop":    w.stop,
				"start":   w.start,
				"redefine": func() {
					file := filepath.Join(w.dir, "flags.json")
					if err := os.WriteFile(file, []byte(strings.Replace(flagsOfApps, "Hello", "Welcome", 1)), 0o600); err != nil {
						t.Error(err)
					}
				},
			}, "WEIR_OFREP=http://"+ofrep, "EVALUATE_TOKEN="+evaluateToken, "ORIGIN="+origin)
		})
	}
}
