package admin

import (
	"log"
	"net/http"
	"time"
)

// NewServer is a server for the admin listener, with New(o) as its handler and
// bounds on everything a caller could hold open. It starts nothing. Its Shutdown
// ends the event streams, which would otherwise wait for ever: it closes
// o.Events.
func NewServer(o Options) *http.Server {
	s := &http.Server{
		Handler:           New(o),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second, // longer than any command waits for its answer
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(o.Log, "", 0),
	}
	s.RegisterOnShutdown(o.Events.Close)
	return s
}
