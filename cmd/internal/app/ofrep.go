package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"

	"weir/config"
	"weir/proxy"
	"weir/proxy/admin/ofrep"
	"weir/proxy/control"
)

// flagSource has those who evaluate flags see what requests of users see.
type flagSource struct {
	control *control.Control
	ready   *atomic.Pointer[readyFlags] // what was asked for last
}

// readyFlags are flags as the protocol needs them, of the generation that of is.
type readyFlags struct {
	of *proxy.Flags
	is *ofrep.Flags
}

// noneReady are none.
var noneReady = ofrep.NewFlags(ofrep.Options{})

// Flags implements ofrep.Source.
func (s flagSource) Flags() (*ofrep.Flags, <-chan struct{}) {
	now, changed := s.control.FlagsNow()
	if now == nil {
		return noneReady, changed
	}
	if r := s.ready.Load(); r != nil && r.of == now {
		return r.is, changed
	}
	is := ofrep.NewFlags(ofrep.Options{Set: now.Set(), Layer: now.Layer, Known: now.Known})
	s.ready.Store(&readyFlags{now, is}) // two at once make the same
	return is, changed
}

// flagOrigins are those whose pages may evaluate flags, as the file in force says.
func (a *app) flagOrigins() []string {
	if o := ofrepOf(a.control.Config()); o != nil {
		return o.Origins
	}
	return nil
}

// ofrepOf is flags.ofrep; nil: it is not written.
func ofrepOf(cfg *config.Config) *config.OFREP {
	if cfg.Flags == nil {
		return nil
	}
	return cfg.Flags.OFREP
}

// listenOFREP binds flags.ofrep.address; nil where there is none.
func listenOFREP(ctx context.Context, lc net.ListenConfig, cfg *config.Config) (net.Listener, error) {
	o := ofrepOf(cfg)
	if o == nil || o.Address == "" {
		return nil, nil
	}
	ln, err := lc.Listen(ctx, network(o.Address), o.Address)
	if err != nil {
		return nil, err
	}
	if err := unguarded(ln.Addr()); err != nil && cfg.Admin.TokensFile == "" {
		ln.Close()
		return nil, fmt.Errorf("%w, or who may use it in admin.tokens_file", err)
	}
	return ln, nil
}

// secureOFREP has it speak TLS where the configuration says so.
func (a *app) secureOFREP(ln net.Listener) net.Listener {
	if ofrepOf(a.control.Config()).TLS == nil { // which only a restart changes
		return ln
	}
	return tls.NewListener(ln, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return a.control.OFREPTLS(), nil
	}})
}
