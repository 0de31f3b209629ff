package main

import "fmt"

// startHaproxy runs haproxy with kept connections on both sides that any request
// may use, checks of its servers, no log, and what Weir sends on.
func startHaproxy(at place, stable, candidate string) (*peer, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return program{
		name: "haproxy", address: address,
		config: fmt.Sprintf(haproxyConf, at.workers, address, stable, candidate),
		args:   func(config, _ string) []string { return []string{"-db", "-f", config} },
	}.start(at)
}

const haproxyConf = `global
	nbthread %d
	maxconn 9000
	maxpipes 64
defaults
	mode http
	option http-keep-alive
	option splice-auto
	http-reuse always
	timeout connect 2s
	timeout client 60s
	timeout server 30s
	timeout http-request 10s
	timeout http-keep-alive 75s
frontend web
	bind %s backlog 4096
	option forwardfor
	http-request set-header X-Forwarded-Proto http
	http-request set-header X-Forwarded-Host %%[req.hdr(host)]
	default_backend api
backend api
	balance roundrobin
	option httpchk GET /health
	server v1 %s weight 90 check inter 2s
	server v2 %s weight 10 check inter 2s
`
