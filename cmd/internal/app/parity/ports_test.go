//go:build !race

package parity

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// freeAddr is a loopback address that is the test's own until its end, and on
// which nobody listens. Its port lies below the range that the kernel takes for
// outgoing connections: proxies and backends come and go on it.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000))
		// Who will listen there cannot be kept a place with TCP. The UDP port of the
		// same number can: every test of every process asks for it first.
		held, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			held.Close()
			continue
		}
		ln.Close()
		t.Cleanup(func() { held.Close() })
		return addr
	}
	t.Fatal("no free port")
	return ""
}
