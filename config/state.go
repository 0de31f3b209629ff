package config

import "path/filepath"

// stateDir reads a directory; a relative one is below the configuration's.
func stateDir(dst *string) func(value) {
	return func(v value) {
		s, ok := v.scalar("a directory")
		switch {
		case !ok:
		case s == "" || filepath.IsAbs(s):
			*dst = s
		default:
			*dst = filepath.Join(v.in.dir, s)
		}
	}
}
