//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"weir/cmd/internal/app/ground"
	"weir/proxy/admin"
	"weir/proxy/admin/admintest"
)

// checked holds what the admin API of every child answers against openapi.yaml.
var checked *admintest.Transport

// TestMain turns the test binary into a backend when a test started it as one.
func TestMain(m *testing.M) {
	if addr := os.Getenv(processEnv); addr != "" {
		if err := serveProcess(addr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	contract, err := admintest.New(admin.OpenAPI("dev"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi.yaml:", err)
		os.Exit(1)
	}
	checked = contract.Transport(http.DefaultTransport)
	http.DefaultTransport = checked
	code := m.Run()
	ground.Clean()
	os.Exit(code)
}
