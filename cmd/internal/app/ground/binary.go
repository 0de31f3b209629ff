package ground

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is where the binary under test was put when WEIR_BIN does not name one.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// Binary is the path of the program under test: WEIR_BIN, or one built here once.
// Then the test process has to call Clean at its end.
func Binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.path = os.Getenv("WEIR_BIN"); built.path != "" {
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "weir-test-"); built.err != nil {
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

// Clean removes what Binary has built.
func Clean() {
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
}

// IsReady reports whether the program with that admin address says so.
func IsReady(admin string) bool {
	res, err := http.Get("http://" + admin + "/readyz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}
