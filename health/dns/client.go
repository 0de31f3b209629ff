package dns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Options says whom to ask and for what. The zero value asks nobody's addresses:
// one of IPv4 and IPv6 must be set.
type Options struct {
	Servers []string      // host:port, each an IP address; none: those of /etc/resolv.conf
	Timeout time.Duration // for all that one look-up takes, of every server; 0: 30 s
	Valid   time.Duration // how long an answer holds, whatever it says; 0: as it says
	IPv4    bool          // ask for A
	IPv6    bool          // ask for AAAA
	// Keep takes it for a failure, not for an answer, that there is no such name, or
	// none of its addresses: then what was known before stays.
	Keep bool
}

const defaultTimeout = 30 * time.Second

// tryTimeout is how long one server may take for one question before another one is
// asked, or the same again: datagrams get lost.
const tryTimeout = 2 * time.Second

// Client asks the servers of its options. The zero value is ready; it may be used
// from any goroutine.
type Client struct {
	good     atomic.Pointer[string] // the server that last answered: it is asked first
	patience time.Duration          // with one server for one question; 0: tryTimeout
}

// ask puts a question to one server after the other until one answers it. A server
// that says nothing in time may be asked again, one that refuses is not.
func (c *Client) ask(ctx context.Context, servers []string, q question) (reply, error) {
	for {
		var errs []error
		silent := false
		for _, s := range c.order(servers) {
			r, err := c.try(ctx, s, q)
			if err == nil {
				c.good.Store(&s)
				return r, nil
			}
			errs = append(errs, fmt.Errorf("%s: %w", s, err))
			silent = silent || errors.Is(err, errSilent)
		}
		if !silent || ctx.Err() != nil {
			return reply{}, fmt.Errorf("%s %s: %w", canonical(q.name), q, joined(errs))
		}
	}
}

// order is the servers, the one that last answered first.
func (c *Client) order(servers []string) []string {
	good := c.good.Load()
	if good == nil || !slices.Contains(servers, *good) {
		return servers
	}
	out := []string{*good}
	for _, s := range servers {
		if s != *good {
			out = append(out, s)
		}
	}
	return out
}

var errSilent = errors.New("no answer in time")

// try asks one server once. That there is no such name is an answer, too.
func (c *Client) try(ctx context.Context, server string, q question) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.patience, tryTimeout))
	defer cancel()
	r, err := ask(ctx, server, q)
	switch {
	case err != nil && ctx.Err() != nil:
		return reply{}, errSilent
	case err != nil:
		if e, ok := errors.AsType[*net.OpError](err); ok {
			err = e.Err // without the addresses, of which one is random
		}
		return reply{}, err
	case r.code == dnsmessage.RCodeNameError:
		r.addresses, r.services = nil, nil
		return r, nil
	case r.code != dnsmessage.RCodeSuccess:
		return reply{}, errors.New("refused: " + word(r.code))
	case len(r.addresses)+len(r.services) == 0 && !r.final:
		return reply{}, errors.New("knows nothing of the name and asks nobody")
	}
	return r, nil
}

// word is the usual name of a code.
func word(c dnsmessage.RCode) string {
	switch c {
	case dnsmessage.RCodeServerFailure:
		return "SERVFAIL"
	case dnsmessage.RCodeRefused:
		return "REFUSED"
	case dnsmessage.RCodeFormatError:
		return "FORMERR"
	case dnsmessage.RCodeNotImplemented:
		return "NOTIMP"
	}
	return fmt.Sprintf("code %d", c)
}
