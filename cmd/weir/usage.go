package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/manual"
	"weir/cmd/internal/app/show"
)

// usageError is a command line that cannot be obeyed, whatever the server says.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// want accepts exactly these positional arguments. A name in brackets is
// optional, one that ends in "..." may be repeated; both come last.
func want(names ...string) cobra.PositionalArgs {
	least, most := 0, len(names)
	for _, n := range names {
		if !strings.HasPrefix(n, "[") {
			least++
		}
		if strings.HasSuffix(n, "...") {
			most = int(^uint(0) >> 1)
		}
	}
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("missing %s: want %s%s", names[len(args)], strings.Join(names, " "), suchAs(cmd))
		case len(args) > most && most == 0:
			return usagef("unexpected %q: want no argument", args[0])
		case len(args) > most:
			return usagef("unexpected %q: want %s", args[most], strings.Join(names, " "))
		}
		return nil
	}
}

// suchAs ends the refusal of a line that lacks something with one that has all: the first
// example of the command's help, without what it is piped to.
func suchAs(cmd *cobra.Command) string {
	line, _, _ := strings.Cut(cmd.Example, "\n")
	line, _, _ = strings.Cut(line, " && ")
	if line = strings.TrimSpace(line); line == "" {
		return ""
	}
	return ", such as: " + line
}

// oneOf refuses a flag's value that is none of the words that there are.
func oneOf(flag, value string, words []string) error {
	last := len(words) - 1
	return usagef("--%s %q: want %s or %s%s", flag, value, strings.Join(words[:last], ", "), words[last], meant(value, words))
}

// meant ends a refusal of a name with the one that it may be a spelling mistake of.
func meant(name string, names []string) string {
	near := show.Nearest(name, names)
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

// wrongFlag is what is said of a flag that cannot be understood.
func wrongFlag(cmd *cobra.Command, err error) error {
	if wanted := manual.Wanted(err); wanted != "" {
		return usageError{errors.New(wanted)}
	}
	unknown, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return usageError{err}
	}
	if unknown == "flag" { // some commands of rollouts take it, others are under 'weir flag'
		if twin, _, none := cmd.Root().Find([]string{"flag", cmd.Name()}); none == nil && twin.Name() == cmd.Name() {
			return usagef("%w; want %s KEY", err, twin.CommandPath())
		}
	}
	if near := show.Nearest(unknown, manual.Flags(cmd)); near != "" {
		return usagef("%w; did you mean --%s?", err, near)
	}
	return usageError{err}
}

// group is the RunE of a command that only has subcommands. Without one there is
// nothing to do, and a script that forgot it should notice.
func group(cmd *cobra.Command, args []string) error {
	names := []string{}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if len(args) > 0 {
		msg := fmt.Sprintf("unknown command %q", args[0])
		like := cmd.SuggestionsFor(args[0]) // what begins so
		if near := show.Nearest(args[0], names); near != "" {
			like = []string{near}
		}
		if len(like) > 0 {
			msg += ": did you mean " + strings.Join(like, " or ") + "?"
		}
		return usageError{errors.New(msg)}
	}
	return usagef("no command: want one of %s", strings.Join(names, ", "))
}

// nobodyListens reports that there is no process behind an address.
func nobodyListens(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	return ok && dial.Op == "dial" && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist))
}
