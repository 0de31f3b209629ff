package config

// Listener is one address that takes requests of users.
type Listener struct {
	Name    string       // unique among the listeners
	Address string       // host:port to bind; an empty host is every address, port 0 any free one
	TLS     *ListenerTLS // nil: in clear
}

// Admin is where the admin API listens.
type Admin struct {
	Address string // host:port on a loopback address; port 0 is any free one. Default 127.0.0.1:9900
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
		"tokens_file": may(unavailable),
	})
}

// unavailable reads a key that may be written, but only empty.
func unavailable(v value) {
	if s, ok := v.scalar(`""`); ok && s != "" {
		v.fail(`%s: %s: want ""`, Show(s), notAvailable)
	}
}
