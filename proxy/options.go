package proxy

import (
	"time"

	"github.com/rs/zerolog"
)

// Options is what cannot change while a Server runs.
type Options struct {
	// Log gets changes of state and what a connection could not survive; nothing
	// per request. The zero value discards.
	Log zerolog.Logger
	// ContinueAfter is how long an endpoint may take to answer a request by its head
	// alone before a client that expects "100 Continue" gets it. Default 5 ms.
	ContinueAfter time.Duration
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}
