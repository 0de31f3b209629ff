package config

import (
	"net"
	"strings"
)

// binds finds addresses that cannot all be bound: it keeps where each was first,
// by sameAddress, and under "*:port" where the first was that names a host.
type binds map[string]value

// check reads an address with read into dst, and refuses it when one before it
// has the port, on the same host or on every host.
func (b binds) check(dst *string, read func(value)) func(value) {
	return func(v value) {
		read(v)
		if *dst == "" {
			return
		}
		if first, taken := b.holder(*dst); taken {
			v.fail("%s: want another address, line %d listens on %s", Show(*dst), first.node.Line, Show(first.node.Value))
			return
		}
		b.keep(*dst, v)
	}
}

// holder is what keeps an address from being bound. Port 0 is a new port every
// time.
func (b binds) holder(address string) (first value, taken bool) {
	host, port, err := net.SplitHostPort(sameAddress(address))
	if err != nil || port == "0" {
		return value{}, false
	}
	if first, taken = b[net.JoinHostPort(host, port)]; taken {
		return first, true
	}
	others := "" // every host has the port
	if host == "" {
		others = "*" // some host has it
	}
	first, taken = b[others+":"+port]
	return first, taken
}

func (b binds) keep(address string, v value) {
	same := sameAddress(address)
	b[same] = v
	port := same[strings.LastIndexByte(same, ':'):]
	if _, had := b["*"+port]; !had && same != port {
		b["*"+port] = v
	}
}
