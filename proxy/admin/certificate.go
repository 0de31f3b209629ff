package admin

import (
	"net/http"
	"time"

	"weir/proxy/admin/access"
)

// certified says whose certificate came with r, or what is wrong with it; shown is false
// where none did.
func (s *server) certified(r *http.Request) (who access.Who, wrong string, shown bool) {
	if s.certificates == nil || r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return who, "", false
	}
	who, wrong = s.certificates.Find(r.TLS.PeerCertificates, time.Now())
	return who, wrong, true
}
