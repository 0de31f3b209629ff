// Package records is what can be done with a state directory while no Weir runs on it:
// saved as JSON, filled from that, made small, and compared with a file.
//
// It knows the store and its keys. It must not know what a record means: that is asked of
// the control plane.
package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"weir/proxy/control/state"
)

// open opens the store of a directory that has one; made says that one without is made.
func open(dir string, made bool) (*state.Bolt, error) {
	if _, err := os.Stat(state.File(dir)); !made && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no %s in it: want the directory that state: names in the file", dir, "weir.db")
	}
	s, err := state.OpenBolt(dir)
	if err != nil {
		return nil, locked(dir, err)
	}
	return s, nil
}

// locked adds to an error who has the store, and what to do about it.
func locked(dir string, err error) error {
	if pid := state.Holder(dir); pid > 0 {
		return fmt.Errorf("%w: stop process %d first, or ask the Weir that runs: weir status", err, pid)
	}
	return err
}
