package control

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"sync"
	"time"

	"weir/balancer"
	"weir/config"
	"weir/health"
	"weir/health/outcome"
)

const (
	// warmUpTimeout is for one request; an endpoint that takes longer gets no more of
	// them, and has its smoke checks to fail.
	warmUpTimeout = 5 * time.Second
	// dialTimeout is for one connection that is opened ahead.
	dialTimeout = 2 * time.Second
)

// anyAnswer is every status there is.
var anyAnswer = outcome.NewStatusSet([2]int{100, 599})

// warmUp sends an endpoint its first requests, one after the other. What they are
// answered does not matter.
func (p *preparer) warmUp(ctx context.Context, u *upstream, e *endpoint) {
	w := &p.plan.WarmUp
	if w.Requests == 0 {
		return
	}
	probe := u.asks(e, p.host.secure(), health.HTTPOptions{Path: w.Path, Timeout: warmUpTimeout, Status: anyAnswer})
	for range w.Requests {
		if err := probe.Check(ctx); err != nil {
			if ctx.Err() == nil {
				p.host.control.opts.Log.Warn().Str(keyUpstream, u.name()).Str(keyVersion, p.to).Str(keyEndpoint, e.address).
					Err(err).Msg("warm-up")
			}
			return
		}
	}
}

// smoke asks an endpoint what it must answer, and says, for people, which answer was
// another one; "" when none was.
func (p *preparer) smoke(ctx context.Context, u *upstream, e *endpoint) string {
	for i := range p.plan.Smoke {
		s := &p.plan.Smoke[i]
		probe := u.asks(e, p.host.secure(), health.HTTPOptions{
			Path: s.Path, Method: s.Method, Host: s.Host, Headers: httpHeaders(s.Headers),
			Timeout: s.Timeout, Status: statusSet(s.Status), Match: match(&s.Match),
		})
		if err := probe.Check(ctx); err != nil {
			return fmt.Sprintf("smoke check %d of %d (%s %s) at %s: %v; want %s",
				i+1, len(p.plan.Smoke), s.Method, s.Path, e.address, err, s.Wants())
		}
	}
	return ""
}

// asks is a request to an endpoint by the way that users' take.
func (u *upstream) asks(e *endpoint, secure *tls.Config, o health.HTTPOptions) health.Probe {
	o.Address, o.TLS, o.Host = e.address, called(secure, e.live.name), cmp.Or(o.Host, e.live.name)
	return health.NewHTTPProbe(o)
}

func (h *host) secure() *tls.Config { return h.control.current.Load().keys.of(h.name) }

// httpHeaders are the file's for a check; nil: none.
func httpHeaders(in []config.Pair) http.Header {
	if len(in) == 0 {
		return nil
	}
	out := http.Header{}
	for _, p := range in {
		out.Set(p.Name, p.Value)
	}
	return out
}

// open keeps connections ready at the version's endpoints.
func (p *preparer) open(ctx context.Context, v *version) {
	open, now := p.host.control.opts.Open, time.Now()
	if v == nil || open == nil || p.plan.WarmUp.Connections == 0 || now.Sub(p.opened) < openEvery {
		return
	}
	p.opened = now
	var all sync.WaitGroup
	defer all.Wait()
	free := make(chan struct{}, preparedAtOnce)
	for i := range v.endpoints {
		e := &v.endpoints[i]
		if e.admin != balancer.Up || !e.live.live.Usable() {
			continue
		}
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			// What cannot be opened now is tried again; checks say what is wrong with it.
			_ = open(ctx, e.live.proxy, p.plan.WarmUp.Connections, dialTimeout)
		})
	}
}
