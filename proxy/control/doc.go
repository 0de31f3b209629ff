// Package control decides what serves. It is the single writer of a proxy: one
// goroutine turns the configuration, the persisted runtime state and commands
// (from operators and from rollouts) into snapshots, persists what must outlive
// the process, and publishes.
//
// It knows which of file and runtime wins, what may be changed when, how a
// revision is made and undone, of an upstream's split as of what is set over a flag, and
// which live things (endpoint words, counters, connections) belong to which upstream,
// version and address across reloads.
//
// It must not know HTTP, sockets or how the API looks: it is driven by method
// calls and shows itself as plain values. It reaches the data plane only by
// publishing a proxy.Snapshot.
package control
