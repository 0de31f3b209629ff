//go:build !unix

package sock

import "net"

// drained cannot be known.
func drained(net.Conn) bool { return false }

// directly is of no use here.
func directly(nc net.Conn) net.Conn { return nc }
