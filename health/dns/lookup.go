package dns

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Lookup finds out where a name is. That there is no such name is an answer without
// addresses, unless o.Keep is set; the error says why there is no answer at all.
func (c *Client) Lookup(ctx context.Context, o Options, n Name) (Answer, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	l := lookup{client: c, servers: o.Servers, options: o}
	if len(l.servers) == 0 {
		l.servers = systemServers(resolvConf)
	}
	if n.Service != "" {
		return l.service(ctx, n)
	}
	return l.host(ctx, n.Host)
}

// lookup is one look-up on its way.
type lookup struct {
	client  *Client
	servers []string
	options Options
}

// host asks for the addresses of a host, of both families at once.
func (l *lookup) host(ctx context.Context, host string) (Answer, error) {
	kinds := make([]dnsmessage.Type, 0, 2)
	if l.options.IPv4 {
		kinds = append(kinds, dnsmessage.TypeA)
	}
	if l.options.IPv6 {
		kinds = append(kinds, dnsmessage.TypeAAAA)
	}
	replies, errs := make([]reply, len(kinds)), make([]error, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { replies[i], errs[i] = l.ask(ctx, host, kind) })
	}
	wg.Wait()

	out := Answer{TTL: longest}
	for i, kind := range kinds {
		if errs[i] != nil {
			out.Lost = append(out.Lost, Part{Host: host, IPv6: kind == dnsmessage.TypeAAAA})
			continue
		}
		for _, ip := range replies[i].addresses {
			out.Addresses = append(out.Addresses, Address{Host: host, IP: ip, Weight: 1})
		}
		out.TTL = min(out.TTL, replies[i].holds())
	}
	fault := joined(errs)
	if fault == nil && l.options.Keep && len(out.Addresses) == 0 {
		return Answer{}, nothing(host)
	}
	return out.judged(fault)
}

// nothing is the failure to find anything by an answer, for those who keep what was known.
func nothing(name string) error {
	return fmt.Errorf("%s: there is no such name, or it has no addresses", name)
}

// joined is all that has failed, on one line; nil: nothing has.
func joined(errs []error) error {
	f := new(faults)
	for _, err := range errs {
		if err != nil {
			f.errs = append(f.errs, err)
		}
	}
	if len(f.errs) == 0 {
		return nil
	}
	return f
}

// faults are errors on one line, where errors.Join takes a line for each.
type faults struct{ errs []error }

func (f *faults) Error() string {
	texts := make([]string, len(f.errs))
	for i, err := range f.errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (f *faults) Unwrap() []error { return f.errs }

// judged is the answer, unless so much of it is lost that it says nothing.
func (a Answer) judged(lost error) (Answer, error) {
	if lost != nil && len(a.Addresses) == 0 {
		return Answer{}, lost
	}
	a.Addresses, a.Err = tidy(a.Addresses), lost
	return a, nil
}

// negativeAtMost is how long it is believed that there is nothing.
const negativeAtMost = 10 * time.Second

// holds is how long the reply is good for.
func (r *reply) holds() time.Duration {
	switch {
	case len(r.addresses)+len(r.services) > 0:
		return r.ttl
	case r.negative < 0:
		return negativeAtMost
	}
	return min(r.negative, negativeAtMost)
}

func (l *lookup) ask(ctx context.Context, name string, kind dnsmessage.Type) (reply, error) {
	q, err := newQuestion(name, kind)
	if err != nil {
		return reply{}, err
	}
	r, err := l.client.ask(ctx, l.servers, q)
	// An address that nobody can be reached at is a mistake, or an attack.
	usable := r.addresses[:0]
	for _, ip := range r.addresses {
		if !ip.IsUnspecified() && !ip.IsMulticast() && ip != broadcast {
			usable = append(usable, ip)
		}
	}
	r.addresses = usable
	return r, err
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
