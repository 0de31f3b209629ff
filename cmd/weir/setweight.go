package main

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) setWeightCmd() *cobra.Command {
	var reason string
	var override bool
	cmd := &cobra.Command{
		Use:   "set-weight UPSTREAM VERSION=WEIGHT...",
		Short: "Set the split of an upstream",
		Long: `Set-weight gives each version its weight: whole numbers of any total, or
percentages, not both. A version left out gets 0; if stable is left out, it gets
what the others leave of 100. The next request obeys. Refused while a rollout runs,
and where a version would get more that cannot run on the schema that the database
has, or whose part of it a contract has taken away. With --override, which needs a
--reason, it gets that all the same; the history says so.`,
		Example: `  weir set-weight api v1=90 v2=10
  weir set-weight api v2=0.5% --reason "first look"`,
		Args: want("UPSTREAM", "VERSION=WEIGHT..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			weights, percents, err := parseWeights(args[1:])
			if err != nil {
				return err
			}
			if override && reason == "" {
				return usagef("--override: want --reason TEXT too")
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			if percents {
				if err := checkPercents(cmd.Context(), client, args[0], weights); err != nil {
					return err
				}
			}
			u, err := client.SetSplit(cmd.Context(), args[0], api.SplitRequest{Weights: weights, Override: override, Reason: reason, Author: author()})
			if err != nil {
				return err
			}
			return c.changed(u)
		},
	}
	cmd.Flags().BoolVar(&override, "override", false, "go past what guards the database")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

// The two ways to write a weight. strconv alone takes too much: nan, 0x1p4, 1_0.
var (
	wholeWeight   = regexp.MustCompile(`^[0-9]+$`)
	percentWeight = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?%$`)
)

// parseWeights reads VERSION=WEIGHT pairs; percents says how they were written.
func parseWeights(pairs []string) (weights map[string]float64, percents bool, err error) {
	weights = map[string]float64{}
	for i, pair := range pairs {
		// A version's name has no =, so the first one ends it.
		name, value, ok := strings.Cut(pair, "=")
		isPercent := percentWeight.MatchString(value)
		switch {
		case !ok || name == "" || !(isPercent || wholeWeight.MatchString(value)):
			return nil, false, usagef("%q: want VERSION=WEIGHT with a whole number or a percentage, such as v2=10 or v2=0.5%%", pair)
		case i > 0 && isPercent != percents:
			return nil, false, usagef("%q: want whole numbers or percentages, not both in one split", pair)
		}
		if _, twice := weights[name]; twice {
			return nil, false, usagef("%q: %s is given twice", pair, name)
		}
		percents = isPercent
		if weights[name], err = strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64); err != nil {
			return nil, false, usagef("%q: the weight is too large", pair)
		}
	}
	return weights, percents, nil
}

// checkPercents refuses percentages that do not sum to 100: somebody mistyped.
// What is left of 100 may only be meant for stable.
func checkPercents(ctx context.Context, client *api.Client, upstream string, weights map[string]float64) error {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	sum = math.Round(sum*1e9) / 1e9 // 33.3 % three times and 0.1 % are 100 %
	if sum < 100 {
		u, err := client.Upstream(ctx, upstream)
		if err != nil {
			return err
		}
		if _, named := weights[u.Stable]; !named {
			return nil
		}
	}
	if sum != 100 {
		return usagef("the percentages sum to %v%%: want 100%%", sum)
	}
	return nil
}
