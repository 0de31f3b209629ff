//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// prometheus is a real one, in a folder of its own. The address is known before it
// runs.
type prometheus struct {
	address string
	flags   []string // further ones
}

// run starts it, to scrape that address, until the test ends.
func (p prometheus) run(t *testing.T, target string) {
	t.Helper()
	bin, err := exec.LookPath("prometheus")
	if err != nil {
		lacking(t, "prometheus")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, `global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs: [{job_name: weir, static_configs: [{targets: [%q]}]}]
`, target), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(bin, append(p.flags, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+p.address)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = dir, log, log, childAttr()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("log of prometheus:\n%s", said[max(0, len(said)-4<<10):])
		}
	})
	eventually(t, "prometheus has scraped", func() bool { // it begins up to 5 s after its start
		res, err := http.Get("http://" + p.address + "/api/v1/query?query=up")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		said, err := io.ReadAll(res.Body)
		return err == nil && strings.Contains(string(said), `,"1"]`)
	})
}
