// Package verdict answers "is it worse": sequential tests on counts of requests
// and failures that may be looked at after every request, for as long as one
// likes, without losing their stated bound on false alarms.
//
// Every test here is an e-process: a number that starts at 1 and, while its
// null hypothesis holds, has at any stopping time an expectation of at most 1.
// So it ever reaches 1/alpha with a probability of at most alpha (Ville's
// inequality). Values are kept as logarithms over a fixed grid of alternatives,
// as plain floats that survive JSON bit by bit.
//
// The package knows arithmetic. It must not know what a request is, which rule
// uses which test, or the time: the caller closes ticks, by a rule that does
// not look at which version failed, and feeds each tick once.
package verdict
