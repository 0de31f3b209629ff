//go:build !race

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

var taken sync.Map // ports handed out by this process

// freeAddr is a loopback address that nobody listens on. Its port lies below the
// range the kernel takes for outgoing connections, so that a child may be
// restarted on it while thousands of connections come and go.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000))
		if _, used := taken.LoadOrStore(addr, true); used {
			continue
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		ln.Close()
		return addr
	}
	t.Fatal("no free port")
	return ""
}
