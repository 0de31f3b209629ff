package config

import "net/url"

// Listener is one address that takes requests of users.
type Listener struct {
	Name    string       // unique among the listeners
	Address string       // host:port to bind; an empty host is every address, port 0 any free one
	TLS     *ListenerTLS // nil: in clear
}

// Admin is where the admin API listens.
type Admin struct {
	Address string // host:port on a loopback address; port 0 is any free one. Default 127.0.0.1:9900
	URL     string // where people reach it, through a proxy say: links to it begin so. "", the default: nowhere
}

const (
	defaultAdmin = "127.0.0.1:9900"

	wantListen   = "host:port, like 127.0.0.1:8080, or :8080 for every address"
	wantLoopback = "a loopback address like 127.0.0.1:9900 (127.0.0.0/8, ::1 or localhost), because tokens are not available in this version"
)

// listeners reads the listeners; no two have a name or an address in common.
func listeners(dst *[]Listener, bound binds) func(value) {
	return func(v value) {
		names := unique{}
		v.list("a listener", 1, func(item value) {
			var l Listener
			item.object(fields{
				"name":    need("a name", names.check(&l.Name, name(&l.Name))),
				"address": need(wantListen, bound.check(&l.Address, listenAddress(&l.Address))),
				"tls":     may(listenerTLS(&l.TLS)),
			})
			*dst = append(*dst, l)
		})
	}
}

func listenAddress(dst *string) func(value) {
	return one(dst, wantListen, func(s string) (string, bool) {
		host, _, ok := splitAddress(s, 0)
		return s, ok && (host == "" || isHost(host))
	})
}

func (a *Admin) read(v value) {
	v.object(fields{
		"address": may(one(&a.Address, wantLoopback, func(s string) (string, bool) {
			host, _, ok := splitAddress(s, 0)
			return s, ok && isLoopback(host)
		})),
		"url":         may(one(&a.URL, wantAdminURL, parseAdminURL)),
		"tokens_file": may(unavailable),
	})
}

const wantAdminURL = "a URL with http or https and a host, without a query, like https://weir.example.com"

func parseAdminURL(s string) (string, bool) {
	u, err := url.Parse(s)
	return s, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && isVisibleASCII(s)
}

func (a *Admin) document() map[string]any {
	doc := map[string]any{"address": a.Address}
	if a.URL != "" {
		doc["url"] = a.URL
	}
	return doc
}

// unavailable reads a key that may be written, but only empty.
func unavailable(v value) {
	if s, ok := v.scalar(`""`); ok && s != "" {
		v.fail(`%s: %s: want ""`, Show(s), notAvailable)
	}
}
