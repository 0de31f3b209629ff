//go:build !race

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// TestMain turns the test binary into a backend when a test started it as one.
func TestMain(m *testing.M) {
	if addr := os.Getenv(processEnv); addr != "" {
		if err := serveProcess(addr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// built is where the binary under test was put when WEIR_BIN does not name one.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// binary is the path of the program under test: WEIR_BIN, or one built here once.
func binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.path = os.Getenv("WEIR_BIN"); built.path != "" {
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "weir-e2e-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "weir")
		cmd := exec.Command("go", "build", "-buildvcs=false", "-o", built.path, "weir/cmd/weir")
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build weir/cmd/weir: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}
