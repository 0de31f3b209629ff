package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func (c *cli) eventsCmd() *cobra.Command {
	var follow bool
	var after, key string
	var types []string
	cmd := &cobra.Command{
		Use:   "events [UPSTREAM|GROUP]",
		Short: "Show what has happened, and what happens",
		Long: `Events prints what the running Weir has told of late (it keeps the last thousand), one
a line, oldest first: revisions, rollouts, endpoints, gates, reloads. With --follow it
goes on with what happens, through restarts of Weir, until it is interrupted; unless
--since says otherwise, it begins with now. -o json prints each as a line of JSON, with
the id that --since takes.

Types: ` + strings.Join(api.EventTypes, ", ") + `.`,
		Example: `  weir events
  weir events api --follow
  weir events --flag new-checkout
  weir events --type rollout --type gate -o json`,
		Args: want("[UPSTREAM|GROUP]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, t := range types {
				if !slices.Contains(api.EventTypes, t) {
					return oneOf("type", t, api.EventTypes)
				}
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			if name != "" || key != "" { // one that is not there would wait for ever
				if err := isThere(cmd.Context(), client, name, key); err != nil {
					return err
				}
			} else if _, err := client.Status(cmd.Context()); err != nil {
				return err
			}
			show := func(e api.Event) error {
				if wanted(&e, name, key, types) {
					return c.line(e, eventLine(&e))
				}
				return nil
			}
			if !follow {
				return client.Events(cmd.Context(), after, show)
			}
			err = client.Follow(cmd.Context(), after, show)
			if errors.Is(err, context.Canceled) {
				return nil // the way to end it
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what happens")
	ofFlag(cmd, &key)
	cmd.Flags().StringVar(&after, "since", "", "begin behind the event with this id")
	cmd.Flags().StringArrayVar(&types, "type", nil, "only events of this type; may be repeated")
	return cmd
}

// isThere is the refusal of a name that is neither an upstream's nor a group's, or of a
// key that is no flag's. Either may be "".
func isThere(ctx context.Context, client *api.Client, name, key string) error {
	if key != "" {
		_, err := client.Flag(ctx, key)
		return err
	}
	if name == "" {
		return nil
	}
	return orGroup(ctx, client, name, func() error {
		_, err := client.Upstream(ctx, name)
		return err
	}, func() error { return nil })
}

func wanted(e *api.Event, name, key string, types []string) bool {
	if name != "" && e.Upstream != name && e.Group != name || key != "" && e.Flag != key {
		return false
	}
	return len(types) == 0 || slices.Contains(types, e.Type)
}

// eventLine tells an event in one line: when, of what type, about what, and what it is.
func eventLine(e *api.Event) string {
	about := cmp.Or(e.Upstream, e.Group, e.Flag)
	for _, more := range []string{e.Version, e.Address} {
		if more != "" {
			about = strings.TrimSpace(about + " " + more)
		}
	}
	what := show.Sentence(e.State, e.Reason)
	if e.State == "" {
		what = e.Reason
	}
	if e.Type == api.EventRevision && e.Revision > 0 {
		what = strings.TrimSuffix(fmt.Sprintf("revision %d: %s", e.Revision, what), ": ")
	}
	if about != "" {
		what = strings.TrimSuffix(about+": "+what, ": ")
	}
	return fmt.Sprintf("%s  %-9s  %s", e.At.Local().Format(time.DateTime), e.Type, strings.ReplaceAll(what, "\n", "; "))
}
