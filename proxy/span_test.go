package proxy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"weir/proxy/internal/http1"
)

// spansOf has all requests of a rig that are in no trace sampled.
func spansOf(r *rig) <-chan *Span {
	spans := make(chan *Span, 100)
	r.UseTracing(&Tracing{Sample: 1, Take: func(sp *Span) { spans <- sp }})
	return spans
}

// told is a span's attempts, in words.
func told(sp *Span) string {
	var words []string
	for i, a := range sp.Attempts {
		words = append(words, fmt.Sprintf("%s %s %s %d", a.By, a.Version, a.Outcome, a.Status))
		if a.Start.Before(sp.Start) || a.End.Before(a.Start) || sp.End.Before(a.End) || i > 0 && a.Start.Before(sp.Attempts[i-1].End) {
			words = append(words, "at a time that is not the request's")
		}
	}
	return strings.Join(words, ", ")
}

// Each attempt says who made it.
func TestSpanSaysWhoMadeAnAttempt(t *testing.T) {
	for how, want := range map[string]string{
		"500":     "first v2 error 500, shield v1 ok 200",
		"reset":   "first v2 reset 0, shield v1 ok 200",
		"refused": "first v2 connect 0, shield v1 ok 200",
		"silent":  "first v2 timeout 0, hedge v1 ok 200",
	} {
		t.Run(how, func(t *testing.T) {
			f := newFailing(t, how)
			up := upstreamOf(t,
				part{name: "v1", weight: 0, addresses: []string{cannedBackend(t)}},
				part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
			if how == "silent" {
				up.Live.OverdueAfter.Store(int64(20 * time.Millisecond))
			}
			r := start(t, up, Options{})
			spans := spansOf(r)
			if g := r.dial(t).get("/x?y"); g.StatusCode != 200 {
				t.Fatalf("status %d", g.StatusCode)
			}
			sp := <-spans
			if got := told(sp); got != want {
				t.Errorf("attempts: %s; want %s", got, want)
			}
			if sp.Status != 200 || sp.Method != "GET" || sp.Target != "/x?y" || !sp.Root || sp.Upstream != up.Name {
				t.Errorf("span = %+v", sp)
			}
		})
	}
}

func TestSpanOfAnOrdinaryRetry(t *testing.T) {
	f := newFailing(t, "500")
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, f.addr}})
	up.Retry.Tries = 2
	up.Retry.On.Status = up.Errors
	r := start(t, up, Options{})
	spans := spansOf(r)
	r.dial(t).get("/")
	if got, want := told(<-spans), "first v1 error 500, retry v1 error 500"; got != want {
		t.Errorf("attempts: %s; want %s", got, want)
	}
}

// A request that Weir answers itself has a span without attempts.
func TestSpanOfAnAnswerOfOurs(t *testing.T) {
	up := one(t, cannedBackend(t))
	up.Versions[0].Endpoints[0].Live.SetAdmin(2)
	r := start(t, up, Options{})
	spans := spansOf(r)
	g := r.dial(t).get("/")
	if sp := <-spans; sp.Status != g.StatusCode || sp.Status != 503 || sp.Reason == "" || len(sp.Attempts) != 0 {
		t.Errorf("span = %+v of an answer %d", sp, g.StatusCode)
	}
}

// The flag decides for requests that a trusted peer has in a trace, and tracestate stays
// with it.
func TestSampledByItsCaller(t *testing.T) {
	const id, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	r := tracing(t, true, func(c *Clients) { c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	spans := spansOf(r)
	for flags, sampled := range map[string]bool{"00": false, "01": true, "02": false, "03": true, "0a": false, "0b": true, "ff": true} {
		c := r.dial(t)
		sent := "00-" + id + "-" + caller + "-" + flags
		c.send("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: " + sent + "\r\ntracestate: a=1\r\n\r\n")
		got := c.receive("GET").Header
		if want := sampled; (got.Get("X-Parent") != sent) != want || got.Get("X-State") != "a=1" {
			t.Errorf("flags %s: the endpoint got %q, %q", flags, got.Get("X-Parent"), got.Get("X-State"))
		}
		if !sampled {
			continue
		}
		sp := <-spans
		if want := fmt.Sprintf("00-%s-%s-01", id, sp.Attempts[0].ID); got.Get("X-Parent") != want || string(sp.Parent[:]) != caller || sp.Root {
			t.Errorf("flags %s: the endpoint got %q, want %q; the parent is %s", flags, got.Get("X-Parent"), want, sp.Parent)
		}
	}
	if len(spans) > 0 {
		t.Errorf("%d spans of requests that are not sampled", len(spans))
	}
}

// Whoever is not trusted cannot have his requests recorded, nor keep them from it: their
// part is sampled, within the trace that they are in.
func TestSampledByAStranger(t *testing.T) {
	const id, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	r := tracing(t, true)
	for sample, want := range map[float64]int{0: 0, 1: 2} {
		spans := make(chan *Span, 100)
		r.UseTracing(&Tracing{Sample: sample, Take: func(sp *Span) { spans <- sp }})
		c := r.dial(t)
		for _, flags := range []string{"00", "01", "01"} { // the last one comes when those before are over
			c.send("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" + id + "-" + caller + "-" + flags + "\r\n\r\n")
			c.receive("GET")
		}
		if got := len(spans); got < want || want == 0 && got > 0 {
			t.Fatalf("sample %g: %d spans of two requests of a stranger, want %d", sample, got, want)
		}
		for range want {
			if sp := <-spans; string(sp.TraceID[:]) != id || string(sp.Parent[:]) != caller || sp.Root {
				t.Errorf("a span of trace %s below %s, root %v", sp.TraceID, sp.Parent, sp.Root)
			}
		}
	}
}

// A trace that begins here takes the place of fields that are none.
func TestSampledWithoutATrace(t *testing.T) {
	r := tracing(t, false)
	spans := spansOf(r)
	for _, fields := range []string{"X: y", "traceparent: x\r\ntracestate: a=1", "tracestate: a=1"} {
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n")
		got, sp := c.receive("GET").Header, <-spans
		want := fmt.Sprintf("00-%s-%s-01", sp.TraceID, sp.Attempts[0].ID)
		if parents := got["X-Parent"]; len(parents) != 1 || parents[0] != want || got.Get("X-State") != "" || http1.TraceID([]byte(want)) == nil {
			t.Errorf("%q: the endpoint got %q and %q, want %q alone", fields, parents, got.Get("X-State"), want)
		}
	}
}
