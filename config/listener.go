package config

// Listener is one address that takes requests of users.
type Listener struct {
	Name    string       // unique among the listeners
	Address string       // host:port to bind; an empty host is every address, port 0 any free one
	TLS     *ListenerTLS // nil: in clear
}

const wantListen = "host:port, like 127.0.0.1:8080, or :8080 for every address"

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
