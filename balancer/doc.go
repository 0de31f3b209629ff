// Package balancer answers "who next": which version of an upstream a request
// goes to, and which endpoint of that version.
//
// It knows endpoints, their live state (usable or not, requests in flight),
// the schedule of one version's endpoints (Group) and the shares of versions
// (Split). Everything a request calls is lock-free and allocates nothing.
//
// It must not know HTTP, YAML, the clock or the log: it is told what changed
// and decides from that alone.
package balancer
