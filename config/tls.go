package config

import (
	"path/filepath"
	"strconv"

	"gopkg.in/yaml.v3"
)

// KeyPair is the files of a certificate and its private key, PEM, absolute.
type KeyPair struct {
	Cert string // the certificate, with those between it and its authority behind it
	Key  string
}

// ListenerTLS is how a listener speaks TLS. Files are read by whoever applies the
// configuration, at each load.
type ListenerTLS struct {
	KeyPair                   // empty when only Certificates are written
	Certificates []KeyPair    // more, chosen by the names in them. The first of all is for clients that name none of these
	MinVersion   string       // "1.2", which is the default, or "1.3"
	Client       *ClientCerts // nil: clients show no certificate
}

// ClientCerts is which certificates clients must show.
type ClientCerts struct {
	CA   string // PEM file of the authorities that are believed, absolute
	Mode string // require, which is the default, or optional
}

// UpstreamTLS is how endpoints are spoken to over TLS.
type UpstreamTLS struct {
	ServerName string // whose certificate they show; "": their address's host
	CA         string // PEM file of the authorities that are believed, absolute; "": the system's
	KeyPair           // shown to endpoints; empty: none
	Verify     bool   // false believes anybody. Default true
}

// Located is a KeyPair and where it is written.
type Located struct {
	KeyPair
	At []string // the keys that lead to what holds it, for Problem
}

// Pairs are the listener's certificates, the default first; index is the
// listener's in the file.
func (t *ListenerTLS) Pairs(index int) []Located {
	at := []string{"listeners", item(index), "tls"}
	var out []Located
	if t.Cert != "" {
		out = append(out, Located{t.KeyPair, at})
	}
	for i, p := range t.Certificates {
		out = append(out, Located{p, append(at[:len(at):len(at)], "certificates", item(i))})
	}
	return out
}

func item(i int) string { return "[" + strconv.Itoa(i) + "]" }

// Files are all files that the configuration names and that are read when it is loaded
// or applied.
func (c *Config) Files() []string {
	var out []string
	add := func(files ...string) {
		for _, f := range files {
			if f != "" {
				out = append(out, f)
			}
		}
	}
	for i, l := range c.Listeners {
		if l.TLS == nil {
			continue
		}
		for _, p := range l.TLS.Pairs(i) {
			add(p.Cert, p.Key)
		}
		if l.TLS.Client != nil {
			add(l.TLS.Client.CA)
		}
	}
	if t := c.Admin.TLS; t != nil {
		add(t.Cert, t.Key, t.ClientCA)
	}
	if f := c.Flags; f != nil {
		add(f.Files...)
		if f.Context.JWT != nil {
			add(f.Context.JWT.JWKSFile)
		}
		if f.OFREP != nil && f.OFREP.TLS != nil {
			add(f.OFREP.TLS.Cert, f.OFREP.TLS.Key)
		}
	}
	for _, u := range c.Upstreams {
		if u.TLS != nil {
			add(u.TLS.CA, u.TLS.Cert, u.TLS.Key)
		}
	}
	return out
}

const wantCert, wantKey, wantCA = "a PEM file with a certificate", "the PEM file with its private key", "a PEM file with certificates of authorities"

func listenerTLS(dst **ListenerTLS) func(value) {
	return func(v value) {
		t := &ListenerTLS{MinVersion: "1.2"}
		written := false
		v.object(fields{
			"cert": may(path(&t.Cert, wantCert)),
			"key":  may(path(&t.Key, wantKey)),
			"certificates": may(func(v value) {
				written = true
				v.list("a certificate", 1, func(item value) {
					var p KeyPair
					item.object(fields{"cert": need(wantCert, path(&p.Cert, wantCert)), "key": need(wantKey, path(&p.Key, wantKey))})
					t.Certificates = append(t.Certificates, p)
				})
			}),
			"min_version": may(choice(&t.MinVersion, []string{"1.2", "1.3"})),
			"client": may(func(v value) {
				t.Client = &ClientCerts{Mode: "require"}
				v.object(fields{
					"ca":   need(wantCA, path(&t.Client.CA, wantCA)),
					"mode": may(choice(&t.Client.Mode, []string{"require", "optional"})),
				})
			}),
		})
		t.check(v, !written)
		*dst = t
	}
}

func upstreamTLS(dst **UpstreamTLS) func(value) {
	return func(v value) {
		t := &UpstreamTLS{Verify: true}
		v.object(fields{
			"server_name": may(one(&t.ServerName, "a host name or an IP address", func(s string) (string, bool) { return s, isHost(s) })),
			"ca":          may(path(&t.CA, wantCA)),
			"cert":        may(path(&t.Cert, wantCert)),
			"key":         may(path(&t.Key, wantKey)),
			"verify":      may(boolean(&t.Verify)),
		})
		t.check(v, false)
		*dst = t
	}
}

// check records what of a pair is missing.
func (p KeyPair) check(v value, needed bool) {
	if v.node.Kind != yaml.MappingNode {
		return
	}
	switch {
	case p.Cert == "" && (p.Key != "" || needed) && !v.has("cert"):
		v.lacks("cert", wantCert)
	case p.Key == "" && p.Cert != "" && !v.has("key"):
		v.lacks("key", wantKey)
	}
}

// path reads the name of a file.
func path(dst *string, want string) func(value) {
	return func(v value) {
		s, ok := v.scalar(want)
		switch {
		case !ok:
		case s == "":
			v.refuse(s, want)
		default:
			*dst = v.full(s)
		}
	}
}

// full is the absolute path of a file; a relative one is below the configuration's
// directory.
func (v value) full(file string) string {
	if filepath.IsAbs(file) {
		return filepath.Clean(file)
	}
	return filepath.Join(v.in.dir, file)
}

func (p KeyPair) document() map[string]any { return map[string]any{"cert": p.Cert, "key": p.Key} }

func (l *Listener) document() map[string]any {
	doc := map[string]any{"name": l.Name, "address": l.Address}
	t := l.TLS
	if t == nil {
		return doc
	}
	secure := map[string]any{"min_version": t.MinVersion}
	if t.Cert != "" {
		secure["cert"], secure["key"] = t.Cert, t.Key
	}
	if len(t.Certificates) > 0 {
		secure["certificates"] = list(t.Certificates, func(p KeyPair) any { return p.document() })
	}
	if t.Client != nil {
		secure["client"] = map[string]any{"ca": t.Client.CA, "mode": t.Client.Mode}
	}
	doc["tls"] = secure
	return doc
}

func (t *UpstreamTLS) document() map[string]any {
	doc := map[string]any{"verify": t.Verify}
	for key, s := range map[string]string{"server_name": t.ServerName, "ca": t.CA, "cert": t.Cert, "key": t.Key} {
		if s != "" {
			doc[key] = s
		}
	}
	return doc
}
