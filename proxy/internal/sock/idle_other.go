//go:build !unix

package sock

import "net"

// open says that waiting without a buffer is not possible here.
func (r *idleReader) open(net.Conn) bool { return false }
