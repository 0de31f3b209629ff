package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
	"weir/proxy/flag"
)

// TestOverdueCountsForRamps: a request whose attempt is overdue has failed for the ramp it
// is in, once and while it still waits, wherever its flag has led it.
func TestOverdueCountsForRamps(t *testing.T) {
	const staff, ann, bob = "X-Group: staff\r\nX-User: eve\r\n", "X-User: ann\r\n", "X-User: bob\r\n"
	when := Route{Match: Match{Host: "*", Path: "/", When: &When{Flag: "checkout", Variants: []string{"on"}}}, Version: "v2"}
	for name, c := range map[string]struct {
		head  string
		share int
		fails bool // an attempt, before the one that hangs
		led   bool
		later string // what becomes of the attempt
		want  func(in, beside *outcome.Totals) uint64
	}{
		"drawn":               {head: ann, share: flag.Whole, later: "answered", want: drawnOverdue},
		"drawn, timed out":    {head: ann, share: flag.Whole, later: "timed out", want: drawnOverdue},
		"drawn, reset":        {head: ann, share: flag.Whole, later: "reset", want: drawnOverdue},
		"led to a version":    {head: ann, share: flag.Whole, led: true, later: "answered", want: drawnOverdue},
		"in the second try":   {head: ann, share: flag.Whole, fails: true, later: "answered", want: drawnOverdue},
		"chosen":              {head: staff, later: "timed out", want: func(in, _ *outcome.Totals) uint64 { return in.Writes[outcome.Overdue] }},
		"beside":              {head: bob, later: "timed out", want: func(_, beside *outcome.Totals) uint64 { return beside.First[outcome.Overdue] }},
		"nobody that we know": {later: "timed out", want: nil},
	} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			answer := sync.OnceFunc(func() { close(release) })
			asked := make(chan struct{}, 10)
			var tries atomic.Int64
			hanging := func() string {
				return rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
					if _, err := readRequest(br); err != nil {
						return
					}
					if tries.Add(1) == 1 && c.fails {
						io.WriteString(nc, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
						return
					}
					asked <- struct{}{}
					<-release
					switch c.later {
					case "answered":
						io.WriteString(nc, plainAnswer)
					case "timed out":
						readRequest(br)
					}
				})
			}
			first := []string{hanging()}
			if c.fails {
				first = append(first, hanging())
			}
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: first}, part{name: "v2", addresses: first[:1]})
			up.Live.OverdueAfter.Store(int64(50 * time.Millisecond))
			if c.later == "timed out" {
				up.Timeouts.Response = 400 * time.Millisecond
			}
			r := start(t, up, Options{})
			live := NewFlagLive([]string{"on", "off"}, nil)
			set := flagSet(t, `{"$evaluators": {"internal": {"==": [{"var": "group"}, "staff"]}},
				"flags": {"checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}}}`)
			o := FlagsOptions{
				Set: set, Live: map[string]*FlagLive{"checkout": live}, Headers: []string{"checkout"},
				Sources: map[string]AttributeSource{"targetingKey": {Header: "x-user"}, "group": {Header: "x-group"}},
				Layers: map[string]*flag.Layer{"checkout": {Ramp: &flag.Ramp{
					To: set.Flag("checkout").Variant("on"), Segments: []*flag.Segment{set.Segment("internal")}, Share: c.share,
				}}},
			}
			if c.led {
				w := when
				w.Upstream = up
				r.flagged(t, o, w)
			} else {
				r.flagged(t, o)
			}
			cl := r.dial(t)
			t.Cleanup(answer) // before the server is waited for, whatever has failed
			cl.send("GET / HTTP/1.1\r\nHost: a\r\n" + c.head + "\r\n")
			receive(t, "the attempt", asked)
			count := func() (overdue, all uint64) {
				var in, beside outcome.Totals
				live.Arms.In.Totals(&in)
				live.Arms.Beside.Totals(&beside)
				if c.want != nil {
					overdue = c.want(&in, &beside)
				}
				for _, n := range [][outcome.NumKinds]uint64{in.First, in.Writes, beside.First, in.Repeated, beside.Repeated} {
					for _, k := range n {
						all += k
					}
				}
				return overdue, all
			}
			if c.want != nil {
				eventually(t, "counted while it waits", func() bool { n, _ := count(); return n == 1 })
				receive(t, "a wake-up", live.Wake)
			}
			answer()
			cl.receive("GET")
			eventually(t, "the request over", func() bool {
				var on, off outcome.Totals // counted last
				live.Outcome("on").Totals(&on)
				live.Outcome("off").Totals(&off)
				return on.Requests()+off.Requests() == 1
			})
			r.scanOverdue()
			overdue, all := count()
			if want := map[bool]uint64{true: 1}[c.want != nil]; overdue != want || all != want {
				t.Errorf("%d overdue of %d counted, want %d and nothing else", overdue, all, want)
			}
		})
	}
}

func drawnOverdue(in, _ *outcome.Totals) uint64 { return in.First[outcome.Overdue] }

// TestRampCountsOnce has the scan meet requests at every moment, on connections that are
// used again, in another ramp each time: each counts once, where it is.
func TestRampCountsOnce(t *testing.T) {
	up := one(t, backend(t, func(http.ResponseWriter, *http.Request) {}))
	up.Live.OverdueAfter.Store(1)
	r := start(t, up, Options{})
	live := NewFlagLive([]string{"on", "off"}, nil)
	set := flagSet(t, `{"flags": {"checkout": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}}}`)
	r.flagged(t, FlagsOptions{
		Set: set, Live: map[string]*FlagLive{"checkout": live}, Headers: []string{"checkout"},
		Sources: map[string]AttributeSource{"targetingKey": {Header: "x-user"}},
		Layers:  map[string]*flag.Layer{"checkout": {Ramp: &flag.Ramp{To: set.Flag("checkout").Variant("on"), Share: flag.Whole / 2}}},
	})
	stop := make(chan struct{})
	var scan, users sync.WaitGroup
	scan.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				r.scanOverdue()
				runtime.Gosched()
			}
		}
	})
	const conns, each = 4, 250
	for n := range conns {
		users.Go(func() {
			c := r.dial(t)
			for i := range each {
				if i%5 == 4 {
					c.with("") // nobody, who is in no ramp
					continue
				}
				c.with(fmt.Sprintf("X-User: user%d-%d\r\n", n, i))
			}
		})
	}
	users.Wait()
	close(stop)
	scan.Wait()
	var in, beside, on, off outcome.Totals
	eventually(t, "all over", func() bool {
		live.Outcome("on").Totals(&on)
		live.Outcome("off").Totals(&off)
		return on.Requests()+off.Requests() == conns*each
	})
	live.Arms.In.Totals(&in)
	live.Arms.Beside.Totals(&beside)
	const named, nobody = conns * each / 5 * 4, conns * each / 5
	if in.Requests() != on.Requests() || beside.Requests() != off.Requests()-nobody || in.Requests()+beside.Requests() != named {
		t.Errorf("%d in and %d beside of %d, want %d and %d", in.Requests(), beside.Requests(), named, on.Requests(), off.Requests()-nobody)
	}
	if late := in.First[outcome.Overdue] + beside.First[outcome.Overdue]; late == 0 || late == named {
		t.Errorf("%d of %d overdue: the race was not run", late, named)
	}
}
