//go:build !race

package parity

import (
	"flag"
	"os"
	"os/exec"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
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
	ground.Clean()
	os.Exit(code)
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
