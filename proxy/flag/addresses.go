package flag

import (
	"net/netip"
	"strings"
)

const wantNetwork = "a network like 10.0.0.0/8, or an address"

// ipIn is whether a text is an address in one of some networks; what is no address is
// null. The networks are written in the rule.
func ipIn(c *compiler, _ place, args []place) operand {
	what := c.compile(args[0])
	if what.constant && args[0].node.Kind != Object && addressOf(what.value) == (netip.Addr{}) {
		args[0].fail("%s: want an address, or a rule that says one", args[0].shown())
	}
	list := []place{args[1]}
	if args[1].node.Kind == List {
		if list = args[1].items(); len(list) == 0 {
			args[1].fail("an empty list: want at least one, each %s", wantNetwork)
		}
	}
	var networks []netip.Prefix
	for _, p := range list {
		if n, ok := p.network(); ok {
			networks = append(networks, n)
		}
	}
	return folded(saying(func(c *Context) Value {
		a := addressOf(what.run(c))
		if !a.IsValid() {
			return Value{}
		}
		for _, n := range networks {
			if n.Contains(a) {
				return BoolValue(true)
			}
		}
		return BoolValue(false)
	}), []operand{what})
}

// network reads a network.
func (p place) network() (netip.Prefix, bool) {
	if !p.is(Text, wantNetwork) {
		return netip.Prefix{}, false
	}
	s := p.node.Text
	if n, err := netip.ParsePrefix(s); err == nil {
		if n != n.Masked() {
			p.fail("%s: want %s, it is a network with bits after its end", p.shown(), n.Masked())
		}
		return n, true
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), true
	}
	p.fail("%s: want %s", p.shown(), wantNetwork)
	return netip.Prefix{}, false
}

// addressOf is a text as an address, in the form that IPv4 has by itself; zero where it is
// none.
func addressOf(v Value) netip.Addr {
	const most = 45 // characters of ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
	if v.kind != Text || len(v.text) > most || strings.Contains(v.text, "%") {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(v.text)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}
