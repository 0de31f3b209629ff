package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/demo"
	"weir/proxy/admin/api"
)

// completePatience is how long somebody who has pressed the tab key waits for Weir.
const completePatience = 500 * time.Millisecond

// completions are what may stand for a word of a command's usage line. given is what
// stands before it.
type completions func(ctx context.Context, client *api.Client, given []string) []string

// byWord are those of arguments, by their word in the usage line.
var byWord = map[string]completions{
	"UPSTREAM":          upstreamNames,
	"GROUP":             groupNames,
	"ADDRESS":           addresses,
	"GATE":              gateNames,
	"KEY":               flagKeys,
	"VARIANT":           variants,
	"VERSION=WEIGHT...": weights,
}

// byFlag are those of flags, by their name.
var byFlag = map[string]completions{
	"flag":     flagKeys,
	"to":       versionNames, // or variants, behind --flag
	"version":  versionNames,
	"output":   words(outputTable, outputJSON, outputYAML),
	"strategy": words("canary", "blue_green", "rolling"),
	"type":     words(api.EventTypes...),
	"scenario": words(demo.Scenarios()...),
}

// completeAll gives every command below cmd the completions that its usage line asks for.
func (c *cli) completeAll(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		c.completeAll(sub)
	}
	for name, get := range byFlag {
		if name == "to" && cmd.Flag("flag") != nil {
			get = candidates(cmd)
		}
		if f := cmd.Flag(name); f != nil && f.Usage != outputFile && (cmd.LocalFlags().Lookup(name) != nil) {
			_ = cmd.RegisterFlagCompletionFunc(name, c.completer(func([]string) []completions { return []completions{get} })) // it is there
		}
	}
	usage := argumentWords(cmd.Use)
	if len(usage) == 0 || slices.ContainsFunc(usage, isFile) {
		return // the shell completes files by itself
	}
	cmd.ValidArgsFunction = c.completer(func(given []string) []completions {
		if f := cmd.Flag("flag"); f != nil && f.Changed {
			return nil // it stands in the place of what the usage line has
		}
		if n := len(given); n < len(usage) {
			return completionsOf(usage[n])
		} else if last := usage[len(usage)-1]; strings.HasSuffix(last, "...") {
			return completionsOf(last)
		}
		return nil
	})
}

func isFile(word string) bool {
	return strings.Contains(word, "FILE") || strings.Contains(word, "DIR")
}

// argumentWords are the arguments in a usage line, without what is optional about them.
func argumentWords(use string) (list []string) {
	for _, w := range strings.Fields(use)[1:] {
		if strings.HasPrefix(w, "-") || strings.HasPrefix(w, "[-") || w == "COMMAND" {
			break
		}
		list = append(list, strings.Trim(w, "[]"))
	}
	return list
}

// completionsOf are those of a word of the usage line, where | stands between choices.
func completionsOf(word string) (list []completions) {
	for choice := range strings.SplitSeq(word, "|") {
		if get := byWord[choice]; get != nil {
			list = append(list, get)
		} else if choice == strings.ToLower(choice) {
			list = append(list, words(choice)) // it stands for itself
		}
	}
	return list
}

// completer asks the running Weir. Without an answer there is nothing to complete, and
// nothing to say about it: the line is still being written.
func (c *cli) completer(choose func(given []string) []completions) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx := cmd.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completePatience)
		defer cancel()
		client, err := c.client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, get := range choose(given) {
			out = append(out, get(ctx, client, given)...)
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		if len(out) > 0 && strings.HasSuffix(out[0], "=") {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		return out, directive
	}
}

func words(list ...string) completions {
	return func(context.Context, *api.Client, []string) []string { return list }
}

func upstreamNames(ctx context.Context, client *api.Client, _ []string) (names []string) {
	list, _ := client.Upstreams(ctx)
	for _, u := range list {
		names = append(names, u.Name)
	}
	return names
}

func groupNames(ctx context.Context, client *api.Client, _ []string) (names []string) {
	list, _ := client.Groups(ctx)
	for _, g := range list {
		names = append(names, g.Name)
	}
	return names
}

func flagKeys(ctx context.Context, client *api.Client, _ []string) (keys []string) {
	list, _ := client.Flags(ctx)
	for _, f := range list {
		keys = append(keys, f.Key)
	}
	return keys
}

// candidates are the variants of the flag that --flag names, or else versions.
func candidates(cmd *cobra.Command) completions {
	return func(ctx context.Context, client *api.Client, given []string) []string {
		if key := cmd.Flag("flag").Value.String(); key != "" {
			return variants(ctx, client, []string{key})
		}
		return versionNames(ctx, client, given)
	}
}

// variants are those of the flag that was given.
func variants(ctx context.Context, client *api.Client, given []string) (names []string) {
	if len(given) == 0 {
		return nil
	}
	f, _ := client.Flag(ctx, given[0])
	for _, v := range f.Variants {
		names = append(names, v.Name)
	}
	return names
}

// members are the upstreams of a name that was given: of a group, all of its.
func members(ctx context.Context, client *api.Client, given []string) []api.Upstream {
	if len(given) == 0 {
		return nil
	}
	if u, err := client.Upstream(ctx, given[0]); err == nil {
		return []api.Upstream{u}
	}
	g, _ := client.Group(ctx, given[0])
	return g.Upstreams
}

func versionNames(ctx context.Context, client *api.Client, given []string) []string {
	return ofVersions(ctx, client, given, func(v *api.Version) []string { return []string{v.Name} })
}

func addresses(ctx context.Context, client *api.Client, given []string) []string {
	return ofVersions(ctx, client, given, func(v *api.Version) (list []string) {
		for _, e := range v.Endpoints {
			list = append(list, e.Address)
		}
		return list
	})
}

// ofVersions is what get says of each version, each once.
func ofVersions(ctx context.Context, client *api.Client, given []string, get func(*api.Version) []string) []string {
	there := map[string]bool{}
	for _, u := range members(ctx, client, given) {
		for i := range u.Versions {
			for _, s := range get(&u.Versions[i]) {
				there[s] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(there))
}

// weights begin with the versions that no weight was given yet.
func weights(ctx context.Context, client *api.Client, given []string) (list []string) {
	for _, name := range versionNames(ctx, client, given) {
		if !slices.ContainsFunc(given[1:], func(pair string) bool { return strings.HasPrefix(pair, name+"=") }) {
			list = append(list, name+"=")
		}
	}
	return list
}

// gateNames are the approvals that are asked now.
func gateNames(ctx context.Context, client *api.Client, given []string) (names []string) {
	for _, u := range members(ctx, client, given[:1]) {
		gates, _ := client.Gates(ctx, u.Name)
		for _, g := range gates {
			if g.Approval && g.State == api.GateAsking && !slices.Contains(names, g.Name) {
				names = append(names, g.Name)
			}
		}
	}
	return names
}
