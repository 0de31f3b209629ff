//go:build !race

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// Promise: more connections than there are file descriptors cost those who are too
// many, and when they have gone Weir serves as before.
func TestOutOfFileDescriptors(t *testing.T) {
	t.Parallel()
	const files = 100
	b, w := newBackend(t), newWeir(t)
	few := filepath.Join(w.dir, "few")
	if err := os.WriteFile(few, fmt.Appendf(nil, "#!/bin/sh\nulimit -n %d\nexec %q \"$@\"\n", files, w.bin), 0o755); err != nil {
		t.Fatal(err)
	}
	w.bin = few
	w.run(conf{versions: []version{one("v1", 100, b.addr)}})
	noFailures(t, closedLoop(w.web, 2, 20))

	crowd := make([]net.Conn, 2*files)
	for i := range crowd {
		nc, err := net.Dial("tcp", w.web) // those too many wait in the kernel
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		crowd[i] = nc
	}
	w.eventually("the log says what is missing", func() bool {
		log, err := os.ReadFile(w.logFile())
		return err == nil && strings.Contains(string(log), "too many open files")
	})
	for _, nc := range crowd {
		nc.Close()
	}
	eventually(t, "it serves again", func() bool {
		c := &client{addr: w.web}
		defer c.close()
		return c.do("again", "GET", nil, time.Now()).ok()
	})
	noFailures(t, closedLoop(w.web, 4, 200))
	if !ground.IsReady(w.admin) {
		t.Error("not ready after the shortage")
	}
	w.stop()
}
