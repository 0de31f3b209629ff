package main

import (
	"context"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

// ofFlag gives a command of rollouts --flag, in the place of the upstream or group. rest are
// the arguments behind that, which stay.
func ofFlag(cmd *cobra.Command, key *string, rest ...string) {
	cmd.Flags().StringVar(key, "flag", "", "of this flag, instead of an upstream or group")
	upstream := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if *key == "" {
			return upstream(cmd, args)
		}
		if len(args) < len(rest) {
			return want(rest...)(cmd, args)
		}
		if len(args) > len(rest) {
			return usagef("%s and --flag %s: want one of them", args[0], *key)
		}
		return nil
	}
}

// startFlag starts the rollout of a flag.
func (c *cli) startFlag(ctx context.Context, client *api.Client, key string, r *api.RolloutRequest) error {
	if r.Strategy != "" {
		return usagef("--strategy %s: users of a flag are moved step by step: want it without", r.Strategy)
	}
	f, err := client.StartFlagRollout(ctx, key, api.FlagRolloutRequest{To: r.To, ID: r.ID, Reason: r.Reason, Author: r.Author})
	if err != nil {
		return err
	}
	return c.changedFlag(&f)
}

// steerFlag gives a verb to the rollout of a flag.
func (c *cli) steerFlag(ctx context.Context, client *api.Client, key string, verb api.Verb, r api.VerbRequest) error {
	f, err := client.CommandFlag(ctx, key, verb, r)
	if err != nil {
		return err
	}
	return c.changedFlag(&f)
}
