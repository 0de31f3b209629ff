package nginx

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/config"
)

// resolver is who is asked for names, in the shape of Weir's file: the first one that
// an upstream or http names.
func (im *importer) resolver() *mapping {
	used := false
	for _, m := range im.made {
		for _, p := range m.parts {
			used = used || slices.ContainsFunc(p.servers, func(s *serverLine) bool { return s.resolve })
		}
	}
	list := append(slices.Clone(im.resolvers), im.http.own("resolver")...)
	list = append(list, im.http.own("resolver_timeout")...)
	var out, timeout *Directive
	for _, d := range list {
		first := &out
		if d.Name == "resolver_timeout" {
			first = &timeout
		}
		switch {
		case !used:
			im.say.note(d, "no name is resolved again")
		case *first == nil:
			*first = d
			im.say.honour(d)
		case d.text() != (*first).text():
			im.say.approximate(d, "there is one resolver for all: "+(*first).text())
		default:
			im.say.honour(d)
		}
	}
	if !used || out == nil {
		return nil
	}
	m := &mapping{}
	var addresses []any
	for _, w := range out.Args {
		name, value, has := strings.Cut(w.Text, "=")
		switch {
		case !has && isName(w.Text):
			im.say.approximate(out, "want an IP address: "+w.Text+" is left out")
		case !has:
			addresses = append(addresses, w.Text)
		case name == "valid":
			t, ok := parseTime(value)
			if !ok {
				im.fault(out, "%q: want a time", value)
			}
			m.set("valid", config.ShowDuration(t))
		case name == "ipv4" || name == "ipv6":
			m.set(name, strconv.FormatBool(value != "off"))
		case name == "status_zone":
		default:
			im.fault(out, "%q: want addresses, valid=, ipv4= or ipv6=", w.Text)
		}
	}
	m.set("addresses", addresses)
	if timeout != nil {
		t, ok := parseTime(timeout.Arg(0))
		if !ok {
			im.fault(timeout, "%q: want a time", timeout.Arg(0))
		}
		m.set("timeout", config.ShowDuration(max(t, time.Millisecond)))
	}
	return m
}
