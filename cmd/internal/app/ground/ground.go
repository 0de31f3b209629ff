// Package ground is what tests of the real binary stand on: the binary, and loopback
// addresses that no other test takes. For tests alone.
//
// It must not know what is tested.
package ground
