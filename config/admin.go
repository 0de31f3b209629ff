package config

import (
	"net/url"
	"strings"
)

// Admin is where the admin API listens, and who may use it.
type Admin struct {
	// Address is host:port, on a loopback address unless there are tokens, with port 0 for
	// any free one; or that of a Unix socket, see Socket. Default 127.0.0.1:9900.
	Address    string
	TokensFile string    // lines of role:token, absolute; "", the default: whoever can reach it may do everything
	TLS        *AdminTLS // nil: in clear
	URL        string    // where people reach it, through a proxy say: links to it begin so. "", the default: nowhere
}

const (
	defaultAdmin = "127.0.0.1:9900"

	wantTokens   = "a file with lines of role:token"
	wantAdmin    = "host:port, like 127.0.0.1:9900, or a Unix socket, like unix:/run/weir.sock, of at most 100 bytes"
	wantLoopback = "a loopback address like 127.0.0.1:9900 (127.0.0.0/8, ::1 or localhost), or who may use it in tokens_file or tls.client_ca"
	wantAdminURL = "a URL with http or https and a host, without a query, like https://weir.example.com"
)

func (a *Admin) read(v value) {
	var at value // of the address; zero: it is not written
	v.object(fields{
		"address": may(func(v value) {
			at = v
			one(&a.Address, wantAdmin, func(s string) (string, bool) {
				if path, ok := strings.CutPrefix(s, unixPrefix); ok {
					full := v.full(path)
					return unixPrefix + full, path != "" && !strings.HasSuffix(path, "/") && len(full) <= maxSocket
				}
				host, _, ok := splitAddress(s, 0)
				return s, ok && (host == "" || isHost(host))
			})(v)
		}),
		"tokens_file": may(func(v value) {
			if s, ok := v.scalar(wantTokens); ok && s != "" {
				a.TokensFile = v.full(s)
			}
		}),
		"tls": may(adminTLS(&a.TLS)),
		"url": may(one(&a.URL, wantAdminURL, parseAdminURL)),
	})
	if a.TLS != nil && a.Socket() != "" {
		at.refuse(a.Address, "host:port with tls: a Unix socket has none")
	}
	if host, _, ok := splitAddress(a.Address, 0); ok && !isLoopback(host) && !a.Restricted() {
		at.refuse(a.Address, wantLoopback)
	}
}

// unixPrefix begins the address of a Unix socket.
const unixPrefix = "unix:"

// maxSocket bounds the path of a Unix socket, in bytes: the least of what systems allow.
const maxSocket = 100

// Socket is the path of the Unix socket, absolute; "": it is an address of a network.
func (a *Admin) Socket() string {
	if path, ok := strings.CutPrefix(a.Address, unixPrefix); ok {
		return path
	}
	return ""
}

// Restricted reports whether whoever asks must say who he is.
func (a *Admin) Restricted() bool { return a.TokensFile != "" || a.TLS != nil && a.TLS.ClientCA != "" }

func parseAdminURL(s string) (string, bool) {
	u, err := url.Parse(s)
	return s, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && isVisibleASCII(s)
}

func (a *Admin) document() map[string]any {
	doc := map[string]any{"address": a.Address}
	if a.TokensFile != "" {
		doc["tokens_file"] = a.TokensFile
	}
	if a.TLS != nil {
		doc["tls"] = a.TLS.document()
	}
	if a.URL != "" {
		doc["url"] = a.URL
	}
	return doc
}
