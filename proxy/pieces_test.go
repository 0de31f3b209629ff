package proxy

import (
	"net"
	"sync/atomic"
)

// pieces is a listener whose connections give what has come in pieces, so that a
// test says where the segments end without waiting between them.
type pieces struct {
	net.Listener
	first atomic.Int64 // bytes of a connection's first piece
	step  atomic.Int64 // bytes of each later one
}

// next says how connections accepted from now on are cut.
func (p *pieces) next(first, step int) {
	p.first.Store(int64(first))
	p.step.Store(int64(step))
}

func (p *pieces) Accept() (net.Conn, error) {
	nc, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &pieced{Conn: nc, left: int(p.first.Load()), step: int(p.step.Load())}, nil
}

// pieced is a connection that is read in pieces: left bytes, then step by step.
// A reader with less room gets a piece in parts.
type pieced struct {
	net.Conn
	left, step int
}

func (p *pieced) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b[:min(len(b), p.left)])
	if p.left -= n; p.left == 0 {
		p.left = p.step
	}
	return n, err
}

// CloseWrite is what a lingering close needs.
func (p *pieced) CloseWrite() error { return p.Conn.(*net.TCPConn).CloseWrite() }

const whole = 1 << 30 // a piece that holds everything

// cuts are the places to cut an input of n bytes: all of them, or for a long one
// those at its ends and some between.
func cuts(n int) []int {
	const near, some = 80, 20
	var at []int
	for i := 1; i < n; i++ {
		if i <= near || i >= n-near || n > 2*near && (i-near)%max(1, (n-2*near)/some) == 0 {
			at = append(at, i)
		}
	}
	return at
}
