// Package balancer answers "who next": which version of an upstream a request
// goes to, and which endpoint of that version.
//
// It knows endpoints, their live state (usable or not, requests in flight, how fast
// they answer), the algorithm over one version's endpoints (Group, of which a picker
// is the part that differs) and the shares of versions (Split). Everything a request
// calls is lock-free and allocates nothing, but for one thing: while a failure counts as
// NGINX counts it (Fails), attempts at that endpoint take its lock.
//
// It must not know HTTP, YAML, the clock or the log: it is told what changed
// and decides from that alone.
package balancer
