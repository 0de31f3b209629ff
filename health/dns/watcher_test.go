package dns

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/health/dns/dnstest"
)

// world is what DNS says, in a bubble.
type world struct {
	mu      sync.Mutex
	answers map[Name]Answer
	errs    map[Name]error
	takes   time.Duration
	asked   map[Name][]time.Time
	options Options
}

func newWorld() *world {
	return &world{answers: map[Name]Answer{}, errs: map[Name]error{}, asked: map[Name][]time.Time{}}
}

func (w *world) lookup(ctx context.Context, o Options, n Name) (Answer, error) {
	w.mu.Lock()
	w.asked[n] = append(w.asked[n], time.Now())
	a, err, takes := w.answers[n], w.errs[n], w.takes
	w.options = o
	w.mu.Unlock()
	select {
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	case <-time.After(takes):
	}
	return a, err
}

// says makes the answer another one; nil addresses are none.
func (w *world) says(n Name, ttl time.Duration, ips ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := Answer{TTL: ttl}
	for _, s := range ips {
		a.Addresses = append(a.Addresses, Address{Host: n.Host, IP: ip(s), Weight: 1})
	}
	w.answers[n], w.errs[n] = a, nil
}

func (w *world) fails(n Name, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errs[n] = err
}

// times are when the name was asked for, since start, and forgotten then.
func (w *world) times(n Name, start time.Time) (out []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range w.asked[n] {
		out = append(out, at.Sub(start))
	}
	w.asked[n] = nil
	return out
}

// watched is a watcher over a world that runs, and how often it said that something
// has changed.
type watched struct {
	*Watcher
	*world
	changes int
	start   time.Time
}

// bubble runs f with a watcher that was told to look after the names.
func bubble(t *testing.T, o Options, names []Name, w *world, f func(*testing.T, *watched)) {
	synctest.Test(t, func(t *testing.T) {
		x := &watched{world: w, start: time.Now()}
		x.Watcher = NewWatcher(WatcherOptions{Lookup: w.lookup, Changed: func() { x.changes++ }})
		x.Set(o, names)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go x.Run(ctx)
		f(t, x)
	})
}

// at waits until so long after the start, and for everybody to settle.
func (x *watched) at(d time.Duration) {
	time.Sleep(d - time.Since(x.start))
	synctest.Wait()
}

// is demands what is known of a name.
func (x *watched) is(t *testing.T, n Name, fails bool, want ...string) {
	t.Helper()
	s := x.States()[n]
	if got := texts(s.Addresses); !slices.Equal(got, want) && len(got)+len(want) > 0 || (s.Err != nil) != fails {
		t.Errorf("after %v %s is at %q (%v), want %q, failing: %v", time.Since(x.start), n, got, s.Err, want, fails)
	}
}

func seen(t *testing.T, what string, got []time.Duration, want ...time.Duration) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: asked after %v, want %v", what, got, want)
	}
}

const sec = time.Second

func TestAsksWhenAnswersEnd(t *testing.T) {
	w := newWorld()
	w.says(api, 5*sec, "10.0.0.1")
	w.says(http, 0, "10.0.0.2")
	bubble(t, Options{Timeout: 30 * sec}, []Name{api, http}, w, func(t *testing.T, x *watched) {
		x.at(11 * sec)
		seen(t, "TTL 5 s", w.times(api, x.start), 0, 5*sec, 10*sec)
		seen(t, "TTL 0", w.times(http, x.start), 0, 1*sec, 2*sec, 3*sec, 4*sec, 5*sec, 6*sec, 7*sec, 8*sec, 9*sec, 10*sec, 11*sec)
		if x.changes != 2 {
			t.Errorf("%d changes, want one for each name's first answer", x.changes)
		}
		w.says(api, 60*sec, "10.0.0.1", "10.0.0.3")
		x.at(15 * sec)
		x.is(t, api, false, "10.0.0.1", "10.0.0.3")
		if x.changes != 3 {
			t.Errorf("%d changes, want one more", x.changes)
		}
	})
}

func TestValid(t *testing.T) {
	w := newWorld()
	w.says(api, 5*sec, "10.0.0.1")
	bubble(t, Options{Timeout: 30 * sec, Valid: 20 * sec}, []Name{api}, w, func(t *testing.T, x *watched) {
		x.at(39 * sec)
		seen(t, "valid 20 s", w.times(api, x.start), 0, 20*sec)
		x.Set(Options{Timeout: 30 * sec, Valid: 3 * sec}, []Name{api}) // other options: asked at once
		x.at(43 * sec)
		seen(t, "valid 3 s", w.times(api, x.start), 39*sec, 42*sec)
		if x.changes != 1 {
			t.Errorf("%d changes, want that of the first answer", x.changes)
		}
	})
}

// A failure keeps the last good answer, and the pauses grow up to the timeout.
func TestFailures(t *testing.T) {
	w := newWorld()
	w.fails(api, errors.New("no"))
	bubble(t, Options{Timeout: 6 * sec}, []Name{api}, w, func(t *testing.T, x *watched) {
		x.at(20 * sec)
		x.is(t, api, true)
		seen(t, "failing", w.times(api, x.start), 0, 1*sec, 3*sec, 7*sec, 13*sec, 19*sec)
		w.says(api, 10*sec, "10.0.0.1")
		x.at(26 * sec)
		x.is(t, api, false, "10.0.0.1")
		w.fails(api, errors.New("no"))
		x.at(36 * sec)
		x.is(t, api, true, "10.0.0.1")
		w.says(api, 10*sec)
		x.at(38 * sec)
		x.is(t, api, false)
		if seen(t, "then", w.times(api, x.start), 25*sec, 35*sec, 36*sec, 38*sec); x.changes != 2 {
			t.Errorf("%d changes, want two", x.changes)
		}
	})
}

// TestNameThatHasGone: by a real server, its addresses go with it, or stay with Keep.
func TestNameThatHasGone(t *testing.T) {
	for _, keep := range []bool{false, true} {
		s := dnstest.Start(t)
		s.Addresses("api.internal", 0, "10.0.0.1")
		changed := make(chan struct{}, 10)
		w := NewWatcher(WatcherOptions{Changed: func() { changed <- struct{}{} }})
		o := asking(s.Addr)
		o.Keep = keep
		w.Set(o, []Name{api})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); w.Run(ctx) }()
		<-changed
		s.Remove("api.internal")
		if keep {
			for w.States()[api].Err == nil {
				time.Sleep(10 * time.Millisecond)
			}
		} else {
			<-changed
		}
		if is := w.States()[api]; (is.Err != nil) != keep || (len(is.Addresses) > 0) != keep {
			t.Errorf("keep %v: at %q (%v)", keep, texts(is.Addresses), is.Err)
		}
		cancel()
		<-done
	}
}

// What a reload keeps is known at once, what it brings is asked for at once, and of
// what it removes nothing is known.
func TestSet(t *testing.T) {
	w := newWorld()
	w.says(api, 60*sec, "10.0.0.1")
	w.says(http, 60*sec, "10.0.0.2")
	o := Options{Timeout: 30 * sec}
	bubble(t, o, []Name{api}, w, func(t *testing.T, x *watched) {
		x.at(10 * sec)
		x.Set(o, []Name{http, api})
		x.is(t, api, false, "10.0.0.1")
		x.at(11 * sec)
		x.is(t, http, false, "10.0.0.2")
		seen(t, "kept", w.times(api, x.start), 0)
		seen(t, "new", w.times(http, x.start), 10*sec)
		x.Set(o, []Name{http})
		if _, ok := x.States()[api]; ok {
			t.Error("a name that is gone is still known")
		}
		x.at(200 * sec)
		seen(t, "gone", w.times(api, x.start))
	})
}

// A result that comes when its name is no longer wanted, or by other options, is void.
func TestLateResult(t *testing.T) {
	w := newWorld()
	w.takes = 2 * sec
	w.says(api, 60*sec, "10.0.0.1")
	o := Options{Timeout: 30 * sec}
	bubble(t, o, []Name{api}, w, func(t *testing.T, x *watched) {
		x.at(1 * sec)
		w.says(api, 60*sec, "10.0.0.2")
		o.Servers = []string{"10.0.0.53:53"}
		x.Set(o, []Name{api})
		x.at(3 * sec)
		x.is(t, api, false)
		x.at(5 * sec)
		x.is(t, api, false, "10.0.0.2")
		if len(w.options.Servers) != 1 {
			t.Errorf("asked by %+v, want the new options", w.options)
		}
		x.Set(o, nil)
		x.at(100 * sec)
		if len(x.States()) != 0 || x.changes != 1 {
			t.Errorf("known: %v, %d changes, want nothing and one", x.States(), x.changes)
		}
	})
}

func TestFirstRound(t *testing.T) {
	over := func(x *watched) bool {
		select {
		case <-x.FirstRound():
			return true
		default:
			return false
		}
	}
	w := newWorld()
	w.takes = 2 * sec
	w.says(api, 60*sec, "10.0.0.1")
	w.fails(http, errors.New("no"))
	bubble(t, Options{Timeout: 30 * sec}, []Name{api, http}, w, func(t *testing.T, x *watched) {
		x.at(2*sec - 1)
		if over(x) {
			t.Error("over before the answers")
		}
		x.at(2 * sec)
		if !over(x) {
			t.Error("not over after both answers")
		}
	})
	w.takes = 20 * sec
	bubble(t, Options{Timeout: 30 * sec}, []Name{api, http}, w, func(t *testing.T, x *watched) {
		x.at(5*sec - 1)
		if over(x) {
			t.Error("over before its time")
		}
		x.at(5 * sec)
		if !over(x) {
			t.Error("a start waits longer than five seconds for DNS")
		}
		x.at(21 * sec)
		x.is(t, api, false, "10.0.0.1")
	})
	bubble(t, Options{}, nil, newWorld(), func(t *testing.T, x *watched) {
		x.at(1)
		if !over(x) {
			t.Error("without names there is nothing to wait for")
		}
	})
}

func TestLearn(t *testing.T) {
	w := newWorld()
	w.says(api, 60*sec, "10.0.0.1")
	w.says(http, 60*sec, "10.0.0.2")
	slow := Name{Host: "slow.internal"}
	o := Options{Timeout: 30 * sec}
	bubble(t, o, []Name{api}, w, func(t *testing.T, x *watched) {
		x.at(1 * sec)
		x.Learn(t.Context(), o, []Name{api, http})
		x.is(t, http, false, "10.0.0.2")
		seen(t, "known", w.times(api, x.start), 0)
		x.Set(o, []Name{api, http})
		x.is(t, http, false, "10.0.0.2")
		w.mu.Lock()
		w.takes = 20 * sec
		w.mu.Unlock()
		began := time.Now()
		x.Learn(t.Context(), o, []Name{slow})
		if took := time.Since(began); took != 5*sec {
			t.Errorf("learning took %v, want 5 s at most", took)
		}
		if _, ok := x.States()[slow]; ok {
			t.Error("something is known of what could not be learned")
		}
	})
}

// A thousand names are not looked up all at once.
func TestAtOnce(t *testing.T) {
	w := newWorld()
	w.takes = sec
	var names []Name
	for i := range 100 {
		n := Name{Host: "h" + string(rune('a'+i/10)) + string(rune('a'+i%10))}
		w.says(n, 600*sec, "10.0.0.1")
		names = append(names, n)
	}
	bubble(t, Options{Timeout: 30 * sec}, names, w, func(t *testing.T, x *watched) {
		x.at(1)
		count := func() (n int) {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, times := range w.asked {
				n += len(times)
			}
			return n
		}
		if n := count(); n != atOnce {
			t.Errorf("%d look-ups at once, want %d", n, atOnce)
		}
		x.at(4 * sec)
		if n := count(); n != 100 {
			t.Errorf("%d look-ups after four seconds, want all 100", n)
		}
	})
}
