// Package affinity says which endpoint a client is bound to, and tells it: what a
// request says of it, the cookie that Weir gives, and the sessions it has learnt from
// answers.
//
// It knows names, cookies, times and routes, as the names of endpoints are called. It
// must not know sockets, versions of HTTP, or who may be picked: its caller finds the
// endpoint of a route, and whether that can be had.
package affinity
