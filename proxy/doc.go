// Package proxy is the data plane: it takes requests from clients, sends each
// to an endpoint of the version that the split chooses, and passes the answer
// back.
//
// It knows HTTP/1.1 and TLS on both sides, tunnels behind an upgrade, what clients
// may cost, the published Snapshot, what flags may ask of a request, and how to tell
// the outcome of an attempt. A request loads the snapshot once per attempt, has each
// flag decided at most once, and writes counters; it takes no lock and allocates
// nothing on its way. What has no need of all that lives below
// internal: the wire format, sockets, pools, the table of routes, the access log.
//
// It must not know YAML, files of certificates, the admin API, revisions or
// rollouts: what it needs of them is in the snapshot, built by package
// proxy/control. It decides nothing about health or about a version being worse; it
// only counts.
package proxy
