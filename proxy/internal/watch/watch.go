// Package watch tells at once when the other end of a connection has closed it,
// while nobody reads there: a client that leaves before its answer, an endpoint
// that ends an idle connection. It costs one entry in a kernel table per
// connection, made once, and nothing per request.
//
// It knows sockets. It must not know HTTP, pools, or what a hang-up means to
// those who are told.
package watch

// Peer is told about one connection.
type Peer interface {
	// Hangup says that the other end has sent all it ever will, or, with reset, that
	// it has broken the connection off. Bytes it sent before may still be unread. It
	// is called at most once, on the watcher's goroutine, and must not block; it may
	// come a moment after Forget.
	Hangup(reset bool)
}

// Token is one connection under watch. The zero value is none.
type Token struct {
	w    *Watcher
	slot int32
	turn uint32
}

// Forget ends the watch. It is to be called before the connection is closed;
// further calls, from any goroutine, do nothing.
func (t Token) Forget() {
	if t.w != nil {
		t.w.peers.leave(t.slot, t.turn)
	}
}
