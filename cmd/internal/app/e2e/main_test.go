//go:build !race

package e2e

import (
	"fmt"
	"os"
	"testing"

	"weir/cmd/internal/app/ground"
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
	ground.Clean()
	os.Exit(code)
}
