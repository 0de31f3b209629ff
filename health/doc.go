// Package health decides whether an endpoint is well, in two ways: by asking it
// (active checks) and by watching how attempts at it end (outlier ejection). Where
// failures are counted by NGINX's rules instead, requests do that themselves
// (balancer.Fails), and it allows the trials. An endpoint that is well again begins
// slowly, if it is to. What it finds goes into the endpoint's balancer.Live word, where the next pick sees it.
//
// The rules are pure steps that are handed the time: riseFall, ejection, tally,
// recent. Monitor is the loop around them and the only thing with goroutines.
//
// It knows endpoints, probes and outcome counters. It must not know what an
// upstream's traffic looks like or where it should go: no splits, no rollouts (a
// target brings a func that says whether its version is a candidate), no
// configuration, no snapshots.
package health
