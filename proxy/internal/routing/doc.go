// Package routing finds out of many routes the one that takes a request: the most
// specific one.
//
// It knows what routes ask of a request: its scheme, and its host, path, method,
// header lines, query and cookies as they were sent; and which of two routes goes
// first.
//
// It must not know where a route leads, what it changes or answers, or by what
// version of HTTP a request came: it sees a Request, and says the place of the
// route that takes it.
package routing
