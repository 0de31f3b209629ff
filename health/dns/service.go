package dns

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// hostsAtOnce is how many hosts of a service are asked for at a time.
const hostsAtOnce = 16

// service asks who gives a service, and then for the addresses of each.
func (l *lookup) service(ctx context.Context, n Name) (Answer, error) {
	r, err := l.ask(ctx, n.String(), dnsmessage.TypeSRV)
	if err != nil {
		return Answer{}, err
	}
	if len(r.services) == 0 && l.options.Keep {
		return Answer{}, nothing(n.String())
	}
	offers := rank(r.services)
	answers, errs := l.hosts(ctx, offers)
	out := Answer{TTL: r.holds()}
	for i, o := range offers {
		a := answers[i]
		if err := cmp.Or(errs[i], a.Err); err != nil {
			errs[i] = err
			out.Lost = append(out.Lost, a.Lost...)
		}
		if len(a.Addresses) > 0 || a.TTL > 0 {
			out.TTL = min(out.TTL, a.TTL)
		}
		for _, at := range a.Addresses {
			out.Addresses = append(out.Addresses, Address{Host: o.target, IP: at.IP, Port: int(o.port), Weight: o.weight, Backup: o.backup})
		}
	}
	return out.judged(joined(errs))
}

// hosts asks for the addresses of each offer's host. One that gives no answer loses
// both families.
func (l *lookup) hosts(ctx context.Context, offers []offer) ([]Answer, []error) {
	answers, errs := make([]Answer, len(offers)), make([]error, len(offers))
	slots := make(chan struct{}, hostsAtOnce)
	var wg sync.WaitGroup
	for i, o := range offers {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			answers[i], errs[i] = l.host(ctx, o.target)
			if errs[i] != nil {
				answers[i].Lost = []Part{{Host: o.target}, {Host: o.target, IPv6: true}}
			}
		})
	}
	wg.Wait()
	return answers, errs
}

// offer is a host that gives a service.
type offer struct {
	target string
	port   uint16
	weight int
	backup bool
}

// rank turns records into offers: those of the lowest priority come first, all
// others are backups. A target "." says that the service is not given here (RFC 2782).
func rank(records []service) []offer {
	records = slices.DeleteFunc(slices.Clone(records), func(s service) bool { return s.target == "" || s.port == 0 })
	slices.SortFunc(records, func(a, b service) int {
		return cmp.Or(int(a.priority)-int(b.priority), strings.Compare(a.target, b.target), int(a.port)-int(b.port), int(b.weight)-int(a.weight))
	})
	records = slices.CompactFunc(records, func(a, b service) bool {
		return a.priority == b.priority && a.target == b.target && a.port == b.port
	})
	first := 0
	for first < len(records) && records[first].priority == records[0].priority {
		first++
	}
	return append(offersOf(records[:first], false), offersOf(records[first:], true)...)
}

// offersOf keeps the proportions of the weights in what an address can have. 0 is the
// least of them.
func offersOf(records []service, backup bool) []offer {
	heaviest := 0
	for _, s := range records {
		heaviest = max(heaviest, int(s.weight))
	}
	out := make([]offer, len(records))
	for i, s := range records {
		weight := int(s.weight)
		if heaviest > MaxWeight {
			weight = (weight*MaxWeight + heaviest/2) / heaviest
		}
		out[i] = offer{target: s.target, port: s.port, weight: max(weight, 1), backup: backup}
	}
	return out
}
