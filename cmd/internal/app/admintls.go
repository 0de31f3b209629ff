package app

import (
	"crypto/tls"
	"net"

	"weir/config"
	"weir/proxy/admin/access"
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

// newClients says whose client certificates are; nil: they say nothing. Which are
// believed is said by believe.
func newClients(cfg *config.Admin) *access.Certificates {
	if cfg.TLS == nil || cfg.TLS.ClientCA == "" {
		return nil
	}
	roles := map[string]api.Role{}
	for _, p := range cfg.TLS.Roles {
		roles[p.Name] = api.Role(p.Value)
	}
	return access.NewCertificates(roles)
}

// believe has those authorities' client certificates in force that the file in force
// names: for connections and streams that are there, too.
func (a *app) believe() {
	if a.clients != nil {
		a.clients.Believe(a.control.AdminTLS().ClientCAs)
	}
}
