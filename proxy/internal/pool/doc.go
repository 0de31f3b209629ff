// Package pool keeps the connections to one endpoint: which are idle, which are
// busy, and whether an idle one may still be used.
//
// It knows sockets, TLS, their watcher and time. It must not know HTTP, versions or
// outcomes: its caller says when a connection is clean enough to be used again.
package pool
