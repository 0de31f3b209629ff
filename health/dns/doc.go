// Package dns finds out where the names of the configuration are, again and again:
// what addresses a host has (A, AAAA) and which hosts give a service (SRV), for as
// long as the answers say that they hold.
//
// Client asks once; it owns the questions, the servers and what makes an answer
// believable. Watcher is the loop around it: it remembers the last good answer of
// each name and says when that is another one.
//
// It must not know what the addresses are for: no endpoints, no upstreams, no
// checks, no configuration. It knows neither /etc/hosts nor search domains: a name
// is asked for as it is written, as NGINX's resolver does.
package dns
