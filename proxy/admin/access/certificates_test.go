package access

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/admintest"
	"weir/proxy/admin/api"
)

func TestCertificates(t *testing.T) {
	ours, others := admintest.NewAuthority(t), admintest.NewAuthority(t)
	roles := map[string]api.Role{
		"ann": api.RoleOperate, "watch": api.RoleView, "a\x1b[2Jb": api.RoleView, strings.Repeat("ä", 40): api.RoleView, "flags": api.RoleEvaluate,
	}
	anybody := map[string]api.Role{"ann": api.RoleOperate, Anybody: api.RoleView}
	for _, c := range []struct {
		what  string
		roles map[string]api.Role
		leaf  *x509.Certificate
		who   Who
		wrong string
	}{
		{"a name", roles, ours.Issue("ann", time.Hour), Who{Role: api.RoleOperate, Name: "cert:ann", By: ByCertificate}, ""},
		{"another", roles, ours.Issue("flags", time.Hour), Who{Role: api.RoleEvaluate, Name: "cert:flags", By: ByCertificate}, ""},
		{"no role", roles, ours.Issue("bob", time.Hour), Who{}, noRole},
		{"no roles at all", nil, ours.Issue("ann", time.Hour), Who{}, noRole},
		{"anybody", anybody, ours.Issue("bob", time.Hour), Who{Role: api.RoleView, Name: "cert:bob", By: ByCertificate}, ""},
		{"somebody where anybody may", anybody, ours.Issue("ann", time.Hour), Who{Role: api.RoleOperate, Name: "cert:ann", By: ByCertificate}, ""},
		{"no name", anybody, ours.Issue("", time.Hour), Who{}, nameless},
		{"expired", roles, ours.Issue("ann", -time.Minute), Who{}, expired},
		{"another authority's", anybody, others.Issue("ann", time.Hour), Who{}, unbelieved},
		{"a name that steers a terminal", roles, ours.Issue("a\x1b[2Jb", time.Hour), Who{Role: api.RoleView, Name: `cert:"a\x1b[2Jb"`, By: ByCertificate}, ""},
		{"a long name", roles, ours.Issue(strings.Repeat("ä", 40), time.Hour), Who{Role: api.RoleView, Name: "cert:" + strings.Repeat("ä", 32), By: ByCertificate}, ""},
	} {
		k := NewCertificates(c.roles)
		if who, wrong := k.Find([]*x509.Certificate{c.leaf}, time.Now()); who != (Who{}) || wrong != unbelieved && wrong != expired {
			t.Errorf("%s, and nobody is believed: %+v, %q", c.what, who, wrong)
		}
		k.Believe(ours.Pool())
		if who, wrong := k.Find([]*x509.Certificate{c.leaf}, time.Now()); who != c.who || wrong != c.wrong {
			t.Errorf("%s: %+v, %q, want %+v, %q", c.what, who, wrong, c.who, c.wrong)
		}
	}
}

// An authority that is taken out takes its certificates with it, and who waits is told.
func TestBelieve(t *testing.T) {
	ours, others := admintest.NewAuthority(t), admintest.NewAuthority(t)
	k := NewCertificates(map[string]api.Role{"ann": api.RoleOperate})
	chain := []*x509.Certificate{ours.Issue("ann", time.Hour)}
	k.Believe(ours.Pool())
	changed := k.Changed()
	k.Believe(ours.Pool()) // a reload that says the same
	select {
	case <-changed:
		t.Error("told of a change that is none")
	default:
	}
	if _, wrong := k.Find(chain, time.Now()); wrong != "" {
		t.Errorf("before: %s", wrong)
	}
	k.Believe(others.Pool())
	select {
	case <-changed:
	default:
		t.Error("nobody was told")
	}
	if who, wrong := k.Find(chain, time.Now()); wrong != unbelieved {
		t.Errorf("after: %+v, %q", who, wrong)
	}
}
