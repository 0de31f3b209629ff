package main

import "github.com/spf13/cobra"

// Exit codes.
const (
	exitOK      = 0
	exitRefused = 1 // the command was understood and did not succeed
	exitUsage   = 2 // the command was not understood; nothing was tried
	exitCut     = 3 // run was asked to stop, and the drain timeout cut off what was in flight
)

// exitCodesTopic is a page of help that is about no command.
func exitCodesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "Exit codes",
		Long: `What a command prints goes to standard output, and errors, a line each, to standard
error, which stays empty if all went well.

  0  it is done; of a watch that shows what is now, also: it was interrupted
  1  it was understood and refused, or did not succeed: a name that does not exist, a
     verb that does not fit the state, a file with faults, no answer from Weir
  2  it was not understood, and nothing was tried
  3  of run: asked to stop, it cut off what was still in flight at the end of
     timeouts.drain

'rollout status --watch' ends with the rollout: 0 if it succeeded, 1 if it was reverted
or aborted, and 1 if the watch was stopped before. 'run' ends with 0 after a stop that
cut nothing off. 'demo' ends with 1 if a promise was broken.`,
	}
}
