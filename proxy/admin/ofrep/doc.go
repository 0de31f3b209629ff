// Package ofrep answers the OpenFeature Remote Evaluation Protocol, version 0.3.0: it
// decides one flag or all of them for somebody whom a request describes, tells what has
// not changed since, and lets clients know when to ask again.
//
// It knows HTTP, the protocol and decisions of flags. It must not know who may ask, which
// proxy/admin has found out before, nor where flags come from: a Source has those in force.
package ofrep
