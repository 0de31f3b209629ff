// Package proxy is the data plane: it takes requests from clients, sends each
// to an endpoint of the version that the split chooses, and passes the answer
// back.
//
// It knows HTTP/1.1 on both sides, the published Snapshot, and how to tell the
// outcome of an attempt. A request loads the snapshot once per attempt and
// writes counters; it takes no lock and allocates nothing on its way.
//
// It must not know YAML, the admin API, revisions or rollouts: what it needs of
// them is in the snapshot, built by package proxy/control. It decides nothing
// about health or about a version being worse; it only counts.
package proxy
