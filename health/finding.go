package health

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Finding is what a Monitor has found about one endpoint, for people: how long it
// has been as it is, and why.
type Finding struct {
	Health string    // the word it is about, as balancer.Live.Health has it
	Since  time.Time // when that began

	// Of active checks; all zero without them.
	Failed       string // why the latest one that failed did; "": none has
	Passes, Rise int    // passed in a row, of so many that bring it up

	// Of an ejection; zero outside of one.
	Ejected string    // what led to it, with its numbers, and for how long it is
	Until   time.Time // when it may end; zero: by NGINX's rules, which Ejected says
}

// Found is where a Monitor leaves what it finds about one endpoint. It outlives
// generations. All methods may be called by any goroutine at any time.
type Found struct{ p atomic.Pointer[Finding] }

// NewFound is of an endpoint of that health that nothing is known of yet.
func NewFound(health string, now time.Time) *Found {
	f := &Found{}
	f.p.Store(&Finding{Health: health, Since: now})
	return f
}

// Get is the latest finding.
func (f *Found) Get() Finding { return *f.p.Load() }

// Cause is a sentence on why an endpoint of that health gets no requests; "" if it
// gets some. health is asked for because requests eject on their own, a moment before
// the Monitor finds it.
func (f Finding) Cause(health string) string {
	var b strings.Builder
	switch health {
	case "down":
		b.WriteString("its checks fail")
		f.say(&b, f.Failed)
	case "checking":
		b.WriteString("no check has passed yet")
		f.say(&b, f.Failed)
	case "ejected":
		b.WriteString("ejected")
		f.say(&b, f.Ejected)
	default:
		return ""
	}
	if f.Rise > 0 && (health != "ejected" || f.Passes < f.Rise) {
		fmt.Fprintf(&b, "; %d of the %d passed checks in a row that it needs", f.Passes, f.Rise)
	}
	return b.String()
}

func (f Finding) say(b *strings.Builder, what string) {
	if what != "" {
		b.WriteString(": " + what)
	}
}

// find changes what is known about w; a target that nobody reads about costs nothing,
// and neither does what is known already.
func (w *watch) find(change func(*Finding)) {
	if w.Found == nil {
		return
	}
	was := w.Found.Get()
	f := was
	if change(&f); f != was {
		w.Found.p.Store(&f)
	}
}

// turned notes that the endpoint's health is another now.
func (w *watch) turned(health, cause string, now time.Time) {
	w.find(func(f *Finding) {
		f.Health, f.Since = health, now
		switch {
		case health == "ejected" && f.Ejected == "":
			f.Ejected = cause
			if w.ejection.out {
				f.Ejected += fmt.Sprintf(", for at least %v", w.ejection.until.Sub(now).Round(100*time.Millisecond))
				f.Until = w.ejection.until
			}
		case !w.ejection.out && !w.out:
			f.Ejected, f.Until = "", time.Time{}
		}
		if health == "up" {
			f.Failed = ""
		}
	})
}

// checked notes how a check has ended. While an endpoint is ejected the checks that
// let it back are counted from then.
func (w *watch) checked(err error) {
	w.find(func(f *Finding) {
		f.Passes, f.Rise = w.state.passes, w.Check.Rise
		if w.state.first { // see riseFall
			f.Rise = 1
		}
		if w.ejection.out {
			f.Passes = min(w.ejection.passes, w.Check.Rise)
		}
		if err != nil {
			f.Failed = err.Error()
		}
	})
}
