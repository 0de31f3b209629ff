//go:build !unix

package sock

import "net"

// directly is of no use here.
func directly(nc net.Conn) net.Conn { return nc }
