package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/top"
)

func (c *cli) topCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "top",
		Short: "Show and steer all upstreams on a terminal, live",
		Long: `Top draws all upstreams as they are now: shares, requests, errors and latency of
their users, health, and what a rollout is doing and why. Enter opens one, with its
versions, its endpoints and why they get no requests, the evidence against a
candidate, and the error rate of the last seconds.

Keys: p pauses the rollout of the chosen upstream, r resumes, o promotes, a aborts it;
w sets a version's percentage; in an opened upstream d drains the chosen endpoint and
u puts it back. Each asks once before it does so, and shows a refusal. / filters by
name, ? lists the keys, q quits. With a token of role view there is nothing to change.

It needs a terminal, a narrow one too, and minds NO_COLOR and --no-color; elsewhere it exits with 2.
While Weir restarts it shows what was, and goes on with what is.`,
		Example: `  weir top
  weir top --admin unix:/run/weir/admin.sock`,
		Args: want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !c.forPeople() {
				return usagef("--output %s: top draws for people; use weir status --watch", c.output)
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			out, _ := c.out.(*os.File) // nil is no terminal
			err = top.Run(cmd.Context(), top.Options{Client: client, Admin: c.admin, Author: author(), Plain: c.noColor, In: os.Stdin, Out: out})
			if errors.Is(err, top.ErrNoTerminal) {
				return usageError{err}
			}
			return err
		},
	}
}
