// Package admin serves the admin API over HTTP: what the proxy is doing, every
// command an operator can give it, the stream of events, and the metrics.
//
// It knows HTTP and the contract of proxy/admin/api. It acts on a Backend, and
// must not know how a change is decided, built, kept or published, nor what a
// configuration file looks like.
package admin
