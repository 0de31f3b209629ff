package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"weir/cmd/internal/app/show"
)

// told is one thing of an answer, as a watch tells it where it does not draw.
type told struct {
	object any    // for machines: the whole of it, again when something about it is news
	news   []news // for people; the first is about the thing itself
}

// news is a sentence about something, which is told when it is another one than before.
type news struct{ about, words string }

// watcher is how a watch shows one answer after the other: on a terminal it draws the whole
// in place, elsewhere it prints a line for each change.
func watcher[T any](c *cli, draw func(io.Writer, T) error, tell func(T) []told) func(T) error {
	if screen := show.NewScreen(c.out); screen != nil && c.forPeople() {
		return func(v T) error {
			var b bytes.Buffer
			if err := draw(&b, v); err != nil {
				return err
			}
			return screen.Draw(b.String())
		}
	}
	if c.forPeople() {
		last := map[string]string{}
		return func(v T) (err error) {
			last, err = c.tellPeople(last, tell(v))
			return err
		}
	}
	last := map[string]string{} // all that is told of a thing
	return func(v T) error {
		for _, t := range tell(v) {
			about, all := t.news[0].about, fmt.Sprint(t.news)
			if last[about] == all {
				continue
			}
			last[about] = all
			if err := c.line(t.object, ""); err != nil {
				return err
			}
		}
		return nil
	}
}

// tellPeople prints what is not as it was, and answers with what is now.
func (c *cli) tellPeople(was map[string]string, list []told) (now map[string]string, err error) {
	now = map[string]string{}
	for _, t := range list {
		for _, n := range t.news {
			now[n.about] = n.words
			if was[n.about] == n.words {
				continue
			}
			if _, err := fmt.Fprintln(c.out, n.words); err != nil {
				return nil, err
			}
		}
	}
	for _, about := range slices.Sorted(maps.Keys(was)) {
		if _, there := now[about]; there {
			continue
		}
		if _, err := fmt.Fprintln(c.out, about+": gone"); err != nil {
			return nil, err
		}
	}
	return now, nil
}
