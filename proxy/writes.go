package proxy

import "weir/proxy/internal/http1"

// isWrite says whether the request may change something behind the upstream: its
// method is none of those that only ask. An upgrade is a GET, and so none.
func (u *Upstream) isWrite(x Exchange) bool { return !http1.Safe(x.Method()) }
