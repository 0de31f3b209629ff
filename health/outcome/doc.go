// Package outcome counts what happened: how each attempt at an endpoint ended,
// how long it took, and what the users of an upstream saw in the end.
//
// Requests write cumulative counters: one or two atomic adds, no lock, no
// allocation. Everything about a span of time (error rates, quantiles, verdicts)
// is the difference of two readings, taken on the control path. So a writer never
// meets a reader, and nothing has to be reset.
//
// It knows outcomes, latencies, status codes and token budgets. It must not know
// who caused an outcome or what follows from it: no endpoints' addresses, no
// ejection, no verdicts, no HTTP types, no clock (callers pass durations and now).
package outcome
