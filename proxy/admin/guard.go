package admin

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// hosts decides which names of this server a request may use. A page of another
// site can make its own name point to 127.0.0.1 and so read what the operator's
// browser can reach; it cannot make the browser send another Host.
type hosts struct {
	any        bool   // of a server that nobody's browser is trusted with
	configured string // lower case; empty: none besides the loopback ones
	anywhere   bool   // it listens on every address of the machine
}

func newHosts(address string) hosts {
	if strings.HasPrefix(address, "unix:") {
		return hosts{}
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	return hosts{configured: strings.ToLower(host), anywhere: address != "" && (host == "" || err == nil && ip.IsUnspecified())}
}

// accept takes any port: an operator's tunnel may listen on another one.
func (h hosts) accept(header string) bool {
	if h.any {
		return true
	}
	host, ok := splitHost(header)
	if !ok {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil && (ip.Unmap().IsLoopback() || h.anywhere) {
		return true // nobody can make an address point here that does not
	}
	return host == "localhost" || host == h.configured
}

// splitHost takes the port and the brackets off, and refuses what is neither
// name nor address.
func splitHost(header string) (host string, ok bool) {
	host = header
	if i := strings.LastIndexByte(header, ':'); i >= 0 && !strings.HasSuffix(header, "]") {
		if _, err := strconv.ParseUint(header[i+1:], 10, 16); err != nil {
			return "", false
		}
		host = header[:i]
	}
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		if host, ok = strings.CutSuffix(inner, "]"); !ok {
			return "", false
		}
	} else if strings.Contains(host, ":") {
		return "", false
	}
	return strings.ToLower(host), host != ""
}

// guard is what every request passes first.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		own := s.ownOrigin(r)
		if !s.hosts.accept(r.Host) && own == "" {
			refuse(w, http.StatusMisdirectedRequest, "Host: "+quote(r.Host)+": want a loopback name or address, or the configured admin address")
			return
		}
		shared := s.shared(w, r)
		if shared && preflight(w, r) {
			return
		}
		if detail := foreign(r, own); detail != "" && !shared {
			refuse(w, http.StatusForbidden, detail)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownOrigin is where a request comes from, by its Host, when that is the public name of
// this server; "": it is another. Without tokens that name is good for the pages that
// links lead to alone: what is behind it may be open to many.
func (s *server) ownOrigin(r *http.Request) string {
	if s.public == nil || !strings.EqualFold(r.Host, s.public.Host) || !s.restricted() && !strings.HasPrefix(r.URL.Path, approvePath) {
		return ""
	}
	return s.public.Scheme + "://" + s.public.Host
}

// foreign says why a write comes from a page that is not of this server, which
// only a browser tells; empty: it does not. own is one more origin of ours, or empty.
// Reads are safe, as without CORS headers a page cannot see their answers; but to make a
// profile is work.
func foreign(r *http.Request, own string) string {
	if isRead(r.Method) && !strings.HasPrefix(r.URL.Path, profilePath) {
		return ""
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	for _, origin := range r.Header.Values("Origin") {
		if own != "" && strings.EqualFold(origin, own) {
			continue
		}
		if u, err := url.Parse(origin); err != nil || u.Scheme != scheme || !sameAuthority(scheme, u.Host, r.Host) {
			return "Origin: " + quote(origin) + ": want none, or the address of this server"
		}
	}
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "none", "same-origin":
		return ""
	default:
		return "Sec-Fetch-Site: " + quote(site) + ": want none, or a page of this server"
	}
}

// sameAuthority compares host and port; a browser leaves out the scheme's own port.
func sameAuthority(scheme, a, b string) bool {
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return strings.EqualFold(strings.TrimSuffix(a, port), strings.TrimSuffix(b, port))
}
