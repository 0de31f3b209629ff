package app

import "weir/proxy/control/state"

// reopen returns what opens the state directory, now and after trouble.
func reopen(dir string) func() (state.Store, error) {
	return func() (state.Store, error) {
		s, err := state.OpenBolt(dir)
		if s == nil { // a nil *Bolt must not become a Store that is not nil
			return nil, err
		}
		return s, err
	}
}
