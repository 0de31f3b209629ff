package records

import (
	"fmt"
	"io"

	"weir/config"
	"weir/proxy/control"
	"weir/proxy/control/state"
)

// Compact makes the store of a directory as small as it can be, and says how long its
// file was and is, in bytes.
func Compact(dir string) (before, after int64, err error) {
	s, err := open(dir, false) // says who has it, and that it is one
	if err != nil {
		return 0, 0, err
	}
	if err := s.Close(); err != nil {
		return 0, 0, err
	}
	return state.Compact(dir)
}

// Drift says of each upstream and flag what a start with the file on the state in dir would serve,
// and which of the two wins where they disagree; it changes nothing.
func Drift(dir, file string, out io.Writer) error {
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	s, err := open(dir, false)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // all is on the disk, or was only read
	held, err := s.Load()
	if err != nil {
		return err
	}
	for _, o := range control.Outlooks(cfg, held) {
		for _, line := range o.Lines {
			if _, err := fmt.Fprintf(out, "%s: %s\n", o.Of, line); err != nil {
				return err
			}
		}
	}
	return nil
}
