package config

import (
	"net/url"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// OFREP is where applications have flags decided, besides on the admin API, by the
// OpenFeature Remote Evaluation Protocol. Who may do so is who has a token of the admin
// API's file.
type OFREP struct {
	Address string   // host:port, on a loopback address unless there are tokens, with port 0 for any free one; "": on the admin API alone
	TLS     *KeyPair // of Address, 1.2 or newer; nil: in clear
	// Origins are those whose pages may ask, here and on the admin API, as browsers say
	// them: in lower case, without the scheme's own port; or "*" alone for all.
	Origins []string
}

const (
	wantOFREP         = "host:port, like 127.0.0.1:9901"
	wantOrigin        = `the origin of pages, like https://shop.example.com, or "*" alone for all`
	wantOFREPLoopback = "a loopback address like 127.0.0.1:9901 (127.0.0.0/8, ::1 or localhost), or who may use it in admin.tokens_file"
)

func ofrep(dst **OFREP, refs *references) func(value) {
	return func(v value) {
		o := &OFREP{}
		v.object(fields{
			"address": may(func(v value) {
				one(&o.Address, wantOFREP, func(s string) (string, bool) {
					host, _, ok := splitAddress(s, 0)
					return s, ok && (host == "" || isHost(host))
				})(v)
				refs.ofrep = v
			}),
			"tls": may(func(v value) {
				o.TLS = &KeyPair{}
				v.object(fields{"cert": need(wantCert, path(&o.TLS.Cert, wantCert)), "key": need(wantKey, path(&o.TLS.Key, wantKey))})
			}),
			"cors_origins": may(func(v value) {
				distinct(&o.Origins, 1, wantOrigin, parseOrigin)(v)
				if len(o.Origins) > 1 && slices.Contains(o.Origins, "*") {
					v.fail(`"*" and others: want it alone, or out of the list`)
				}
			}),
		})
		*dst = o
		if v.node.Kind == yaml.MappingNode && !v.has("address") && v.has("tls") {
			v.lacks("address", "one, which speaks it: the admin API has tls of its own")
		}
	}
}

// parseOrigin takes an origin as a browser says it (RFC 6454 §6.2), in any case.
func parseOrigin(s string) (string, bool) {
	if s == "*" {
		return s, true
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !isVisibleASCII(s) || u.Hostname() == "" ||
		u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#") || strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	host := strings.ToLower(u.Host)
	return u.Scheme + "://" + strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme]), isHost(u.Hostname())
}

// checkOFREP refuses an address that everybody could use, or that is taken.
func (r *reader) checkOFREP(c *Config, refs *references, bound binds) {
	if c.Flags == nil || c.Flags.OFREP == nil || c.Flags.OFREP.Address == "" {
		return
	}
	address := c.Flags.OFREP.Address
	if host, _, ok := splitAddress(address, 0); ok && !isLoopback(host) && c.Admin.TokensFile == "" {
		refs.ofrep.refuse(address, wantOFREPLoopback)
	}
	if l, taken := bound.holder(address); taken {
		refs.ofrep.fail("%s: want another address, line %d listens on %s", Show(address), l.node.Line, Show(l.node.Value))
		return
	}
	own := binds{}
	own.keep(c.Admin.Address, value{})
	if _, taken := own.holder(address); taken && c.Admin.Socket() == "" {
		refs.ofrep.fail("%s: want another address, the admin API listens on %s", Show(address), c.Admin.Address)
	}
}

// Located is the certificate and where it is written.
func (o *OFREP) Located() Located { return Located{*o.TLS, []string{"flags", "ofrep", "tls"}} }

func (o *OFREP) document() map[string]any {
	doc := map[string]any{}
	if o.Address != "" {
		doc["address"] = o.Address
	}
	if o.TLS != nil {
		doc["tls"] = o.TLS.document()
	}
	if len(o.Origins) > 0 {
		doc["cors_origins"] = o.Origins
	}
	return doc
}
