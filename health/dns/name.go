package dns

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Name is what is asked for.
type Name struct {
	Host string // without a dot at its end
	// Service is asked for by SRV: a name without a dot is one over TCP (http is
	// _http._tcp of the host), one with dots is put before the host as it is. "":
	// the addresses of the host itself.
	Service string
}

// String is the name in the question.
func (n Name) String() string {
	switch {
	case n.Service == "":
		return n.Host
	case strings.Contains(n.Service, "."):
		return n.Service + "." + n.Host
	}
	return "_" + n.Service + "._tcp." + n.Host
}

// Address is one place that a name stands for.
type Address struct {
	Host   string // whose address it is: the name's, or the one that SRV named
	IP     netip.Addr
	Port   int  // by SRV; 0: the answer has none
	Weight int  // by SRV, relative to the others that are Backup or are not: 1 to MaxWeight; else 1
	Backup bool // by SRV: others come first, by their priority
}

// String is the address, with the port if it has one.
func (a Address) String() string {
	if a.Port == 0 {
		return a.IP.String()
	}
	return net.JoinHostPort(a.IP.String(), strconv.Itoa(a.Port))
}

// MaxWeight is the largest weight of an address. Larger ones are brought down in
// proportion to those beside them.
const MaxWeight = 1000

// Answer is what DNS said of a name.
type Answer struct {
	Addresses []Address // each once, sorted; none: there is no such name, or it has no addresses
	TTL       time.Duration
	// Lost are the parts that nobody could be got to answer while others did; Err
	// says why.
	Lost []Part
	Err  error
}

// Part is the addresses of one family that one host has.
type Part struct {
	Host string
	IPv6 bool
}

// part is the part that the address is of.
func (a *Address) part() Part { return Part{Host: a.Host, IPv6: a.IP.Is6()} }

// with returns the answer with the addresses that were known before of what is lost.
func (a Answer) with(before []Address) Answer {
	if len(a.Lost) == 0 {
		return a
	}
	a.Addresses = slices.Clone(a.Addresses)
	for _, b := range before {
		if slices.Contains(a.Lost, b.part()) {
			a.Addresses = append(a.Addresses, b)
		}
	}
	a.Addresses = tidy(a.Addresses)
	return a
}

// tidy sorts addresses, those that come first by priority first, and leaves out
// what is there already: servers turn the order of their answers on purpose.
func tidy(all []Address) []Address {
	slices.SortFunc(all, func(a, b Address) int {
		if a.Backup != b.Backup {
			if b.Backup {
				return -1
			}
			return 1
		}
		return cmp.Or(a.IP.Compare(b.IP), a.Port-b.Port, strings.Compare(a.Host, b.Host), a.Weight-b.Weight)
	})
	seen := map[netip.AddrPort]bool{}
	return slices.DeleteFunc(all, func(a Address) bool {
		at := netip.AddrPortFrom(a.IP, uint16(a.Port))
		if seen[at] {
			return true
		}
		seen[at] = true
		return false
	})
}
