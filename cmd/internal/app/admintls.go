package app

import (
	"crypto/tls"
	"net"

	"weir/config"
	"weir/proxy/admin"
	"weir/proxy/admin/api"
)

// secureAdmin has the admin API speak TLS where the configuration says so, with the
// certificate in force when a connection is made.
func (a *app) secureAdmin(ln net.Listener) net.Listener {
	if a.control.Config().Admin.TLS == nil { // which only a restart changes
		return ln
	}
	return tls.NewListener(ln, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return a.control.AdminTLS(), nil
	}})
}

// certificateRoles says what client certificates may do; nil: they say nothing.
func certificateRoles(cfg *config.Admin) func(name string) api.Role {
	if cfg.TLS == nil || cfg.TLS.ClientCA == "" {
		return nil
	}
	by := map[string]api.Role{}
	for _, p := range cfg.TLS.Roles {
		by[p.Name] = api.Role(p.Value)
	}
	return admin.CertificateRoles(by)
}
