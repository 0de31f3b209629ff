package proxy

import (
	"time"

	"github.com/rs/zerolog"
)

// Options configures a Server. The zero value of each field means its default.
type Options struct {
	// Log gets changes of state and what a connection could not survive; nothing
	// per request. The zero value discards.
	Log zerolog.Logger
	// HeaderTimeout bounds the time from the first byte of a request's head (on a
	// new connection: from the accept) to its last. Default 10 s.
	HeaderTimeout time.Duration
	// KeepAliveTimeout is how long a connection may wait for its next request.
	// Default 75 s.
	KeepAliveTimeout time.Duration
	// BodyTimeout is the longest silence of a client within a request body.
	// Default 60 s.
	BodyTimeout time.Duration
	// SendTimeout is how long a client may take nothing of an answer. Default 60 s.
	SendTimeout time.Duration
	// MaxConns bounds the client connections served at once; the next one is
	// answered 503 and closed. Default 65536.
	MaxConns int
}

func (o Options) withDefaults() Options {
	setDefault(&o.HeaderTimeout, 10*time.Second)
	setDefault(&o.KeepAliveTimeout, 75*time.Second)
	setDefault(&o.BodyTimeout, 60*time.Second)
	setDefault(&o.SendTimeout, 60*time.Second)
	if o.MaxConns <= 0 {
		o.MaxConns = 65536
	}
	return o
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}
