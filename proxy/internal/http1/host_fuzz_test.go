package http1

import (
	"net/url"
	"strings"
	"testing"

	"weir/proxy/internal/hostile"
)

// FuzzHost holds the checks of Host and target to net/url: an authority that we
// accept means the same there, has no userinfo, and nothing of it becomes path or
// query. The same holds for one in a target.
func FuzzHost(f *testing.F) {
	for _, row := range hostile.Requests() {
		if _, rest, ok := strings.Cut(row.In, "Host: "); ok && len(row.In) < 4<<10 {
			host, _, _ := strings.Cut(rest, "\r\n")
			f.Add(host)
		}
		if _, rest, ok := strings.Cut(row.In, "http://"); ok && len(row.In) < 4<<10 {
			target, _, _ := strings.Cut(rest, " ")
			f.Add(target)
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		name, ok := hostName([]byte(in))
		if ok {
			sameAuthority(t, in, string(name), "http://"+in+"/x?y")
		}
		if span([]byte(in), 0, cTarget) != len(in) {
			return // no target at all
		}
		var r Request
		r.Method = []byte("GET")
		if !r.readTarget([]byte("http://" + in)) {
			return
		}
		if r.Target[0] != '/' || !strings.HasSuffix("http://"+string(r.Host)+string(r.Target), strings.TrimPrefix(in, string(r.Host))) {
			t.Fatalf("%q: host %q, target %q", in, r.Host, r.Target)
		}
		sameAuthority(t, string(r.Host), string(r.HostName), "http://"+in)
		if strings.HasPrefix(in, "/") {
			t.Fatalf("%q was accepted without a host", in)
		}
	})
}

// sameAuthority checks that net/url finds the host in the URL, if it takes the URL.
func sameAuthority(t *testing.T, host, name, whole string) {
	t.Helper()
	u, err := url.Parse(whole)
	if err != nil {
		if strings.Contains(err.Error(), "invalid URL escape") || strings.Contains(err.Error(), "invalid port") || strings.Contains(err.Error(), "invalid host") {
			return // net/url wants more of an IPv6 address, and of escapes in the path
		}
		t.Fatalf("%q: %v", whole, err)
	}
	if u.Host != host || u.User != nil || u.Hostname() != strings.Trim(name, "[]") {
		t.Fatalf("%q: net/url sees host %q, name %q, user %v; we %q, %q", whole, u.Host, u.Hostname(), u.User, host, name)
	}
}
