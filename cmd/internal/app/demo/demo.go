package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Options says what to show.
type Options struct {
	Scenario string    // a name from Scenarios; empty: bad-canary
	Keep     bool      // stay up after the end, with traffic, until the context ends
	Out      io.Writer // the live view and the numbers; escape codes only if it is a terminal
}

// ErrBroken is wrapped by the error of a run in which Weir did not do what it
// promises: a user saw an error, or a bad version stayed for more than a second.
var ErrBroken = errors.New("promise broken")

// limit bounds a scenario from start to end.
const limit = 55 * time.Second

// Scenarios lists the names that Options.Scenario accepts.
func Scenarios() []string { return slices.Sorted(maps.Keys(scenarios)) }

// Run shows one scenario and says how it went. It leaves neither a process nor a
// file behind, also when ctx ends early or Out can no longer be written; the error
// is ErrBroken, the context's, or what kept the demo from running.
func Run(ctx context.Context, o Options) (err error) {
	name := o.Scenario
	if name == "" {
		name = "bad-canary"
	}
	sc, ok := scenarios[name]
	if !ok {
		return fmt.Errorf("scenario %q: want one of %s", name, strings.Join(Scenarios(), ", "))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	v := newView(o.Out, cancel)
	err = perform(ctx, v, name, sc, o.Keep)
	if cause := context.Cause(ctx); errors.Is(err, context.Canceled) && errors.Is(cause, errUnseen) {
		return cause
	}
	return err
}

// errUnseen ends a demo that nobody can watch any more.
var errUnseen = errors.New("the demo ended, because what it shows cannot be written")

// perform shows the scenario, and tells how it went.
func perform(ctx context.Context, v *view, name string, sc scenario, keep bool) (err error) {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	v.say("Weir demo %s: %s", name, sc.story)
	st, err := newStage(bounded, sc)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	v.say("%d backends and weir run, each a process; admin API at http://%s", len(st.backends), st.admin)

	users := newUsers(st.web)
	stop := users.start(ctx)
	defer stop()
	p := &play{scenario: sc, stage: st, users: users, view: v, begin: time.Now()}
	if err := p.run(bounded); err != nil {
		return err
	}
	err = p.end(bounded)
	if keep && played(err) {
		if err != nil {
			v.say("%v", err)
		}
		v.say("staying up with traffic to http://%s, until Ctrl-C; in another terminal:\n  weir status --admin http://%s", st.web, st.admin)
		p.linger(ctx)
	}
	return err
}

// played reports whether the scenario came to its end, good or bad: a broken promise
// is what somebody who stays wants to look at.
func played(err error) bool { return err == nil || errors.Is(err, ErrBroken) }
