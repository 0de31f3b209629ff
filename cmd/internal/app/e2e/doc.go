// Package e2e holds the end-to-end tests: they run the real binary as a child
// process on real sockets and look at it only from outside, through the command
// line, the admin API, the metrics and the proxied traffic.
//
// It knows the public contract. It must not know any package that implements
// it, so that a rewrite of the inside cannot bend a promise made outside.
//
// The tests are kept out of race builds: the child is what is tested, and the
// load generator must not be what slows it.
package e2e
