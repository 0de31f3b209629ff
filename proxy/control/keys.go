package control

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"time"

	"weir/config"
	"weir/proxy"
)

// keys is what the files of certificates hold that a configuration names. It is
// loaded whole or not at all, and immutable.
type keys struct {
	listeners map[string]*tls.Config // by listener; those without TLS have none
	upstreams map[string]*upstreamKeys
	admin     *tls.Config // nil: in clear
	ofrep     *tls.Config // nil: in clear
	tokens    *tokenKeys  // nil: nobody's tokens are believed
	expiries  []Certificate
	warnings  []string

	tokenStats *proxy.TokenStats // of all generations
}

// upstreamKeys is how an upstream's endpoints are spoken to. Connections that were
// made by the same print are as good as new ones.
type upstreamKeys struct {
	config *tls.Config
	print  [sha256.Size]byte
}

// Certificate is one certificate that a listener shows; no two are of one listener
// and file.
type Certificate struct {
	Listener string
	File     string // absolute
	NotAfter time.Time
}

// ListenerTLS is how connections of a listener speak TLS now; nil: not at all. It
// is another one after each reload.
func (c *Control) ListenerTLS(name string) *tls.Config {
	return c.current.Load().keys.listeners[name]
}

// AdminTLS is how connections of the admin API speak TLS now; nil: not at all.
func (c *Control) AdminTLS() *tls.Config { return c.current.Load().keys.admin }

// OFREPTLS is how connections of flags.ofrep.address speak TLS now; nil: not at all.
func (c *Control) OFREPTLS() *tls.Config { return c.current.Load().keys.ofrep }

// loadKeys reads all files. What before has of an upstream stays if nothing in it
// is another.
func loadKeys(cfg *config.Config, before *keys, now time.Time) (*keys, error) {
	l := loader{cfg: cfg, now: now, keys: &keys{listeners: map[string]*tls.Config{}, upstreams: map[string]*upstreamKeys{}}}
	if l.keys.tokenStats = (&proxy.TokenStats{}); before != nil {
		l.keys.tokenStats = before.tokenStats
	}
	if f := cfg.Flags; f != nil && f.Context.JWT != nil {
		l.loadTokens(f.Context.JWT, before)
	}
	if f := cfg.Flags; f != nil && f.OFREP != nil && f.OFREP.TLS != nil {
		l.keys.ofrep = l.served(f.OFREP.Located(), ofrepListener)
	}
	for i := range cfg.Listeners {
		if cfg.Listeners[i].TLS != nil {
			l.listener(i)
		}
	}
	if cfg.Admin.TLS != nil {
		l.admin(cfg.Admin.TLS)
	}
	for i := range cfg.Upstreams {
		u := &cfg.Upstreams[i]
		if u.TLS == nil {
			continue
		}
		k := l.upstream(u)
		if before != nil {
			if was := before.upstreams[u.Name]; was != nil && was.print == k.print {
				k = was
			}
		}
		l.keys.upstreams[u.Name] = k
	}
	if len(l.faults) > 0 {
		return nil, errors.New(lines(cfg, l.faults))
	}
	return l.keys, nil
}

// of is how the endpoints of an upstream are spoken to; nil: in clear.
func (k *keys) of(upstream string) *tls.Config {
	if u := k.upstreams[upstream]; u != nil {
		return u.config
	}
	return nil
}
