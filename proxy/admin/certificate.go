package admin

import (
	"net/http"
	"strings"
	"time"

	"weir/proxy/admin/access"
	"weir/proxy/admin/api"
)

// What is wrong with a certificate that a client has shown.
const (
	expired  = "the client certificate has expired: want another one"
	noRole   = "the client certificate's name has no role here"
	nameless = "the client certificate has no common name: want one that says whose it is"
)

// certified says whose certificate came with r, or what is wrong with it; "" and false:
// none did. That an authority has signed it was looked at when the connection was made,
// which may be long ago.
func (s *server) certified(r *http.Request) (who access.Who, wrong string, shown bool) {
	if s.certificates == nil || r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return who, "", false
	}
	leaf := r.TLS.PeerCertificates[0]
	name := strings.ToValidUTF8(plain(leaf.Subject.CommonName), "")
	switch {
	case time.Now().After(leaf.NotAfter):
		return who, expired, true
	case leaf.Subject.CommonName == "":
		return who, nameless, true
	case len(name) > access.MaxName:
		name = strings.ToValidUTF8(name[:access.MaxName], "")
	}
	role := s.certificates(leaf.Subject.CommonName)
	if role == "" {
		return who, noRole, true
	}
	return access.Who{Role: role, Name: name}, "", true
}

// CertificateRoles are the roles of client certificates by their common name; without
// any, each has operate.
func CertificateRoles(by map[string]api.Role) func(name string) api.Role {
	return func(name string) api.Role {
		if len(by) == 0 {
			return api.RoleOperate
		}
		return by[name]
	}
}
