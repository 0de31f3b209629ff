// Package manual turns the tree of commands into its documents: docs/cli.md and man
// pages. All they say is in the commands themselves, so nothing can be told twice and
// differently.
//
// It knows cobra's commands and the two formats. It must not know what a command does.
package manual

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands are root and all below it that people are to know of, parents first.
func commands(root *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{root}
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			list = append(list, commands(sub)...)
		}
	}
	return list
}

// topics are the pages of help that are about no command.
func topics(root *cobra.Command) (list []*cobra.Command) {
	for _, sub := range root.Commands() {
		if sub.IsAdditionalHelpTopicCommand() {
			list = append(list, sub)
		}
	}
	return list
}

// text is what a command says of itself at length.
func text(c *cobra.Command) string {
	if c.Long != "" {
		return strings.TrimSpace(c.Long)
	}
	return c.Short + "."
}

// examples are a command's, one a line.
func examples(c *cobra.Command) (lines []string) {
	for line := range strings.Lines(c.Example) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// option is how a flag is written, with its argument, and what it does.
func option(f *pflag.Flag) (names, what string) {
	arg, what := pflag.UnquoteUsage(f)
	names = "--" + f.Name
	if f.Shorthand != "" && f.ShorthandDeprecated == "" {
		names = "-" + f.Shorthand + ", " + names
	}
	if arg != "" {
		names += " " + strings.ToUpper(arg)
	}
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
	default:
		what += " (default " + f.DefValue + ")"
	}
	return names, what
}

// options are the flags of a command that are its own, or of the whole tree.
func options(set *pflag.FlagSet) (list []*pflag.Flag) {
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" && f.Name != "version" {
			list = append(list, f)
		}
	})
	return list
}

// own are the flags that a command has beside those of the whole tree; the root's are
// the tree's.
func own(c *cobra.Command) []*pflag.Flag {
	if !c.HasParent() {
		return options(c.PersistentFlags())
	}
	return options(c.NonInheritedFlags())
}

// Flags are the names of all that can be said to a command.
func Flags(c *cobra.Command) (names []string) {
	for _, f := range append(options(c.InheritedFlags()), options(c.NonInheritedFlags())...) {
		names = append(names, f.Name)
	}
	return append(names, "help")
}
