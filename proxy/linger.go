package proxy

import (
	"errors"
	"time"

	"weir/proxy/internal/sock"
)

const (
	lingerTime  = 5 * time.Second
	lingerDrain = time.Second // a drain waits for it
	lingerBytes = 256 << 10
)

// linger ends the connection so that the answer arrives although the client is
// still sending: closing a socket with unread bytes makes the kernel reset it,
// and a reset can overtake the answer (RFC 9112 §9.6).
func (c *conn) linger() { c.lingerOn(&c.client) }

func (c *conn) lingerOn(client *sock.Conn) {
	half, ok := client.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	buf := smallPool.Get().(*smallBytes)
	defer smallPool.Put(buf)
	by := sock.Now() + lingerTime
	for taken := 0; taken < lingerBytes; {
		if c.srv.draining.Load() {
			by = min(by, sock.Now()+lingerDrain)
		}
		n, err := client.ReadBy(buf[:], by, lingerTime)
		if errors.Is(err, sock.ErrInterrupted) && c.srv.closing.Err() == nil {
			client.Resume() // a drain lets this finish
			continue
		}
		if err != nil {
			return
		}
		taken += n
	}
}
