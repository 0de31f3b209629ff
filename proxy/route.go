package proxy

import (
	"fmt"
	"sort"
	"strings"

	"weir/proxy/internal/http1"
)

// table finds the upstream of a request. An exact host goes before any host,
// and within one host the longest path goes first.
type table struct {
	hosts map[string][]prefix
	any   []prefix // routes of every host
}

// prefix is the path of one route, without a slash at its end: "" matches all.
type prefix struct {
	path     string
	upstream *Upstream
}

func newTable(routes []Route) (table, error) {
	t := table{hosts: make(map[string][]prefix)}
	for _, r := range routes {
		if !strings.HasPrefix(r.Path, "/") {
			return table{}, fmt.Errorf("route %s%s: path %q, want one that starts with /", r.Host, r.Path, r.Path)
		}
		p := prefix{path: strings.TrimSuffix(r.Path, "/"), upstream: r.Upstream}
		host := strings.ToLower(r.Host)
		list := t.any
		if host != "" && host != "*" {
			list = t.hosts[host]
		}
		for _, have := range list {
			if have.path == p.path {
				return table{}, fmt.Errorf("route %s%s: written twice", r.Host, r.Path)
			}
		}
		list = append(list, p)
		if host != "" && host != "*" {
			t.hosts[host] = list
		} else {
			t.any = list
		}
	}
	for _, list := range t.hosts {
		longestFirst(list)
	}
	longestFirst(t.any)
	return t, nil
}

func longestFirst(list []prefix) {
	sort.SliceStable(list, func(i, j int) bool { return len(list[i].path) > len(list[j].path) })
}

// match returns the upstream for a host name (no port, any case) and the path of
// a target, or nil.
func (t *table) match(name, path []byte) *Upstream {
	if len(t.hosts) > 0 && len(name) <= maxHost {
		var buf [maxHost]byte
		if up := matchPath(t.hosts[string(http1.AppendLower(buf[:0], name))], path); up != nil {
			return up
		}
	}
	return matchPath(t.any, path)
}

// maxHost is longer than any name in the DNS (RFC 1035 §2.3.4: 255 octets).
const maxHost = 256

func matchPath(list []prefix, path []byte) *Upstream {
	for i := range list {
		p := &list[i]
		n := len(p.path)
		if len(path) < n || string(path[:n]) != p.path {
			continue
		}
		if n == 0 || len(path) == n || path[n] == '/' {
			return p.upstream
		}
	}
	return nil
}
