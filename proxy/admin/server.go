package admin

import (
	"log"
	"net/http"
	"time"

	"github.com/rs/zerolog"
)

// NewServer is a server for the admin listener, with what New(o) serves and
// bounds on everything a caller could hold open. It starts nothing. Its Shutdown
// ends the event streams, which would otherwise wait for ever: it closes
// o.Events.
func NewServer(o Options) *http.Server {
	s := newServer(o)
	h := bounded(o, s.handler(s.routes(o)))
	h.RegisterOnShutdown(o.Events.Close)
	h.RegisterOnShutdown(s.ofrep.Close)
	return h
}

// NewFlagServer is a server for a listener that serves the evaluation of flags and nothing
// else. Of o it needs neither Backend nor Events nor Metrics. Pages of others are no danger
// where everybody says a token, so that it may have any name then. It starts nothing.
func NewFlagServer(o Options) *http.Server {
	s := newServer(o)
	s.hosts.any = s.restricted()
	h := bounded(o, s.handler(s.ofrepRoutes()))
	h.RegisterOnShutdown(s.ofrep.Close)
	return h
}

func bounded(o Options, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second, // longer than any command waits for its answer
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(o.Log.With().Str(zerolog.LevelFieldName, "warn").Logger(), "", 0), // what is written to a Logger has no level
	}
}
