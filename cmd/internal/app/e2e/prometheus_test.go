//go:build !race

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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

// find is what a query finds.
func (p prometheus) find(t *testing.T, query string) (values []float64) {
	t.Helper()
	res, err := http.Get("http://" + p.address + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var found struct {
		Error string
		Data  struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(res.Body).Decode(&found); err != nil || found.Error != "" {
		t.Fatalf("%s: %v, %s", query, err, found.Error)
	}
	for _, r := range found.Data.Result {
		n, err := strconv.ParseFloat(r.Value[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, n)
	}
	return values
}

// ask is what a query finds, which must be one number; false: nothing.
func (p prometheus) ask(t *testing.T, query string) (float64, bool) {
	t.Helper()
	switch found := p.find(t, query); len(found) {
	case 0:
		return 0, false
	case 1:
		return found[0], true
	default:
		t.Fatalf("%s: %v, want one number", query, found)
		return 0, false
	}
}
