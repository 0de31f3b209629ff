//go:build !race

package parity

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// twice puts NGINX on both sides.
var twice = flag.Bool("twice", false, "compare NGINX with itself: is a script one that always goes the same way?")

// patience bounds every wait for a condition. It is long because the machine may
// be busy.
const patience = 30 * time.Second

// TestMain lets more cases run at a time than there are cores: most of them wait
// for a fail_timeout.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
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
		if built.dir, built.err = os.MkdirTemp("", "weir-parity-"); built.err != nil {
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

// nginx is the path of NGINX. A test that needs it is skipped where it is missing,
// but not in CI.
func nginx(t *testing.T) string {
	t.Helper()
	path, missing := exec.LookPath("nginx")
	if missing != nil {
		if path = "/usr/sbin/nginx"; exec.Command(path, "-v").Run() == nil {
			return path // Debian's, and the path of somebody who is not root
		}
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return path
}
