package ground

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Listen listens on a loopback address that is the test's own until its end. Its
// port lies below the range that the kernel takes for outgoing connections, so that
// a child may be restarted on it while thousands of connections come and go.
func Listen(t *testing.T) net.Listener {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000))
		// What a child will listen on cannot be held for it with TCP. The UDP port of
		// the same number can: every test of every process asks for it first.
		held, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			_ = held.Close() // nothing was sent
			continue
		}
		t.Cleanup(func() { _ = held.Close() })
		return ln
	}
	t.Fatal("no free port")
	return nil
}

// FreeAddr is such an address for a child: nobody listens on it, and no other test
// takes it.
func FreeAddr(t *testing.T) string {
	t.Helper()
	ln := Listen(t)
	ln.Close()
	return ln.Addr().String()
}
