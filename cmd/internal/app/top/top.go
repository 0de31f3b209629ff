// Package top is the interactive view of a running Weir: all upstreams, one of them
// opened, and the keys that change them.
//
// It knows the API's client and the terminal. It must not know how anything is judged:
// it shows what the API says and asks it for what a key stands for.
package top

import (
	"context"
	"errors"
	"os"

	tea "charm.land/bubbletea/v2"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// ErrNoTerminal is the refusal to draw where nobody sees it.
var ErrNoTerminal = errors.New("want a terminal; use weir status --watch")

// Options are what Run needs; all of them.
type Options struct {
	Client *api.Client
	Admin  string // where the API is, as people have said it
	Author string // who changes something, for the history; "": unknown
	Plain  bool   // without colours, as with NO_COLOR in the environment
	In     *os.File
	Out    *os.File
}

// Run draws until somebody quits or ctx ends. It refuses to begin where Weir does not
// answer; once begun it waits for a Weir that is gone.
func Run(ctx context.Context, o Options) error {
	if !show.IsTerminal(o.In) || !show.IsTerminal(o.Out) {
		return ErrNoTerminal
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := newFeed(o.Client, o.Author)
	first := f.look(ctx)
	if first.err != nil {
		return first.err
	}
	environ := os.Environ()
	if o.Plain || show.NoColour() { // which counts whatever it says; the library wants a 1
		environ = append(environ, "NO_COLOR=1")
	}
	p := tea.NewProgram(newModel(f, o.Admin, first), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithEnvironment(environ), tea.WithoutSignalHandler())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.run(ctx, func(fr frame) { p.Send(fr) })
	}()
	stop := context.AfterFunc(ctx, p.Quit) // a signal leaves the terminal as it was, too
	_, err := p.Run()
	stop()
	cancel()
	<-ended
	return err
}
