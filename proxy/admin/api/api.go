// Package api is the contract of the admin API: the JSON of every request and
// answer, the errors, the event stream, and a Go client for all of it.
//
// It knows names and shapes only. It must not know how a split is chosen, a
// rollout judged or a handler written: the server (proxy/admin) and the command
// line both build on it, and it imports nothing but the standard library.
//
// Names here are fixed. Keys may be added; a client must ignore keys of answers
// that it does not know, while the server refuses keys of requests that it does
// not know, because a misspelt key in a command must not be obeyed by half.
package api
