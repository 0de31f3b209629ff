package control

import (
	"weir/config"
	"weir/proxy"
)

// Check builds all that New would make serve, certificates read, and throws it away.
// The error says what cannot be built, as New's does; the warnings have a line for
// each thing that can be used and should be looked at.
func Check(cfg *config.Config) (warnings []string, err error) {
	c, err := New(Options{Config: cfg, Publish: func(*proxy.Snapshot) {}})
	if err != nil {
		return nil, err
	}
	return append(cfg.Advice(), c.current.Load().keys.warnings...), nil
}
