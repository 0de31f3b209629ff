package proxy

import (
	"net"
	"strings"
	"sync/atomic"
	"syscall"
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
func (p *pieced) CloseWrite() error { return p.Conn.(interface{ CloseWrite() error }).CloseWrite() }

// piecedSocket shows the socket below, where a connection is looked at before it is
// used again. What it holds back is still in there.
type piecedSocket struct{ pieced }

func (p *piecedSocket) SyscallConn() (syscall.RawConn, error) {
	return p.Conn.(syscall.Conn).SyscallConn()
}

const whole = 1 << 30 // a piece that holds everything

// cuts are the places to cut an input: everywhere around its line ends, where
// readers change their minds; of a long one, those of its first and last lines. The
// gate's own tests cut everywhere.
func cuts(in string) []int {
	const most = 6
	var at []int
	for i := 1; i < len(in); i++ {
		if strings.ContainsAny(in[i-1:i+1], "\r\n") {
			at = append(at, i)
		}
	}
	if len(at) > 2*most {
		at = append(at[:most:most], at[len(at)-most:]...)
	}
	return at
}
