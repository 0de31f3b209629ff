package proxy

import (
	"hash/maphash"
	"sync"
	"time"
	"unsafe"

	"weir/health/outcome"
	"weir/proxy/flag"
	"weir/proxy/internal/routing"
	"weir/proxy/internal/sock"
)

// flagging is what flags have decided for one request, by the definitions and settings
// of the generation that it found first. Each flag is asked once, when somebody wants to
// know. It is taken from a pool, and is the context that rules see.
type flagging struct {
	of      *Flags
	x       *exchange
	context flag.Context
	decided []decided
	claims  []flag.Value // of the request's token; nil: it has none that is believed
	asked   bool         // for claims
	lines   []byte       // for upstreams
	written bool
	own     []byte // entries of baggage
}

// decided is what one flag has said.
type decided struct {
	at      int      // the flag's place
	variant int      // its place among the flag's; -1: none
	arm     flag.Arm // where the flag's ramp has put the request
}

var flaggingPool = sync.Pool{New: func() any {
	g := &flagging{}
	g.context.View = g
	return g
}}

// Decide has flags decided by f, unless the request has others already.
func (x *exchange) Decide(f *Flags) {
	if x.flags != nil {
		return
	}
	x.flags = flaggingPool.Get().(*flagging)
	x.flags.of, x.flags.x = f, x
}

// give puts it back, without anything of the request.
func (g *flagging) give() {
	g.of, g.x, g.claims = nil, nil, nil
	g.asked, g.written = false, false
	g.decided, g.context.Now = g.decided[:0], 0
	if cap(g.lines) > 2*smallBuffer {
		g.lines = nil
	}
	flaggingPool.Put(g)
}

// Decided says whether a condition of a route holds.
func (x *exchange) Decided(w *routing.When) bool {
	if x.flags == nil {
		return false
	}
	at := x.flags.of.place(w.At, w.Flag)
	if at < 0 {
		return false
	}
	v := x.flags.variant(at)
	if v < 0 {
		return false
	}
	name := x.flags.of.set.Flags()[at].Variants()[v].Name()
	for _, is := range w.Variants {
		if is == name {
			return true
		}
	}
	return false
}

// variant is the place of the variant that the flag at a place says; -1: none.
func (g *flagging) variant(at int) int {
	for i := range g.decided {
		if g.decided[i].at == at {
			return g.decided[i].variant
		}
	}
	if g.context.Now == 0 {
		g.context.Now = time.Now().Unix()
	}
	d := g.of.set.Flags()[at].Evaluate(&g.context, g.of.layers[at])
	g.decided = append(g.decided, decided{at, d.Index, d.Arm})
	if l := g.of.live[at]; l != nil {
		l.decided(g.x.c.w.shard, &d)
	}
	return d.Index
}

// Attribute is what the request has under the name of an attribute.
func (g *flagging) Attribute(index int, name string) flag.Value {
	if index < 0 {
		for i, known := range g.of.set.Names() { // a name that a rule has put together
			if known == name {
				return g.attribute(i)
			}
		}
		return flag.Value{}
	}
	return g.attribute(index)
}

func (g *flagging) attribute(index int) flag.Value {
	a := &g.of.sources[index]
	switch a.from {
	case aHeader:
		if value, next := g.x.Header(a.name, 0); next > 0 {
			return flag.TextValue(borrowed(value))
		}
	case aCookie:
		if value, ok := cookieOf(g.x, a.name); ok {
			return flag.TextValue(borrowed(value))
		}
	case theClient:
		if ip := g.x.clientIP(); len(ip) > 0 {
			return flag.TextValue(borrowed(ip))
		}
	case aClaim:
		if claims := g.token(); claims != nil && claims[a.claim].Kind() != flag.Null {
			return claims[a.claim]
		}
	}
	return a.static
}

// All is all attributes that rules ask for by their names.
func (g *flagging) All() flag.Value {
	all := make(map[string]flag.Value)
	for i, name := range g.of.set.Names() {
		if v := g.attribute(i); v.Kind() != flag.Null {
			all[name] = v
		}
	}
	return flag.ObjectValue(all)
}

// token is the claims of the request's token, verified when the first rule asks for one.
func (g *flagging) token() []flag.Value {
	if !g.asked {
		g.asked = true
		g.claims = g.of.tokens.of(g.x)
	}
	return g.claims
}

// borrowed is bytes of the request's head as a text, which is there until the request is
// over: no decision keeps anything of it.
func borrowed(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Over counts what became of the request, by the variants that it got.
func (x *exchange) Over(shard, status int, k outcome.Kind, took time.Duration) {
	if x.flags == nil {
		return
	}
	for i, d := range x.flags.decided {
		if l := x.flags.of.live[d.at]; l != nil {
			client := k == outcome.OK && status/100 == 4
			if d.arm != flag.NoArm { // before l wakes who judges them
				x.flags.rampOver(shard, l.Arms, d.arm, &FlagEnd{Kind: k, Client: client, Took: took, Overdue: i < x.c.w.overdue})
			}
			l.over(shard, d.variant, k, client, took)
		}
	}
}

// rampSeed is of the hashes by which users are told apart in this process.
var rampSeed = maphash.MakeSeed()

// rampOver counts the request for a ramp. Whose it was matters where it did not go well.
func (g *flagging) rampOver(shard int, arms *FlagArms, arm flag.Arm, e *FlagEnd) {
	if e.Client || e.Kind.Failed() {
		e.Key, e.TraceID = g.user(), g.x.TraceID()
	}
	arms.Done(shard, arm, e, sock.Now())
}

// user is the hash of whose request it is; 0: nobody's.
func (g *flagging) user() uint64 {
	if key := g.Attribute(flag.TargetingKey, "").Text(); key != "" {
		return max(1, maphash.String(rampSeed, key))
	}
	return 0
}

// flagsOver is for the end of a request that an upstream was to answer.
func (u *Upstream) flagsOver(x Exchange, w *worker, status int, failed bool) {
	k, took := outcome.OK, time.Duration(0)
	switch {
	case status == outcome.StatusClientLeft && w.attempts > 0 && w.attempt.overdue:
		k = outcome.Overdue // he has waited long enough
	case status == outcome.StatusClientLeft:
		k = outcome.Canceled
	case failed || u.Errors.Contains(status):
		k = outcome.Error
	}
	if a := &w.attempt; w.attempts > 0 && a.firstAt > 0 {
		took = a.firstAt - w.startedAt
	}
	x.Over(w.shard, status, k, took)
}
