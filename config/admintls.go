package config

import "slices"

// AdminTLS is how the admin API speaks TLS, 1.2 or newer. Files are read by whoever
// applies the configuration, at each load.
type AdminTLS struct {
	KeyPair
	ClientCA string // PEM file of the authorities whose certificates say who asks, absolute; "": certificates say nothing
	// Roles are those of client certificates by their common name, sorted, and of "*",
	// which is each other's; none of them without it. They are there if ClientCA is: an
	// authority may be that of a whole company.
	Roles []Pair
}

const wantRoles = "view, operate or evaluate"

const (
	namesNobody = "no certificate says a name: want client_ca beside it"
	saysNothing = `no certificate may do anything: want roles beside it, like {ann: operate, "*": view}`
)

// Located is the certificate and where it is written.
func (t *AdminTLS) Located() Located { return Located{t.KeyPair, []string{"admin", "tls"}} }

func adminTLS(dst **AdminTLS) func(value) {
	return func(v value) {
		t := &AdminTLS{}
		var named, signed value // zero: roles, or client_ca, are not written
		v.object(fields{
			"cert": need(wantCert, path(&t.Cert, wantCert)),
			"key":  need(wantKey, path(&t.Key, wantKey)),
			"client_ca": may(func(v value) {
				signed = v
				path(&t.ClientCA, wantCA)(v)
			}),
			"roles": may(func(v value) {
				named = v
				pairs(&t.Roles, certificateRoles)(v)
			}),
		})
		switch {
		case named.key != nil && signed.key == nil:
			named.failKey(namesNobody)
		case signed.key != nil && named.key == nil:
			signed.failKey(saysNothing)
		}
		*dst = t
	}
}

// certificateRoles are the roles of client certificates.
var certificateRoles = pairRules{
	what:      "a mapping of certificates' common names to roles",
	wantName:  `a common name of 1 to 64 bytes, or "*" for all others`,
	wantValue: wantRoles,
	name:      func(s string) bool { return s != "" && len(s) <= 64 },
	value:     func(s string) bool { return slices.Contains([]string{"view", "operate", "evaluate"}, s) },
}

func (t *AdminTLS) document() map[string]any {
	doc := t.KeyPair.document()
	if t.ClientCA != "" {
		doc["client_ca"] = t.ClientCA
	}
	if len(t.Roles) > 0 {
		doc["roles"] = documentPairs(t.Roles)
	}
	return doc
}
