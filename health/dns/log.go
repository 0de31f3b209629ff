package dns

import (
	"slices"
	"strings"
)

// Keys of log lines.
const (
	keyName = "name"
	keyFrom = "from"
	keyTo   = "to"
)

// say logs what has changed of a name: its addresses, and whether it can be looked up.
func (l *loop) say(n Name, was, is State) {
	log := &l.watcher.log
	switch {
	case is.Err != nil && (was.Err == nil || was.At.IsZero()):
		log.Warn().Str(keyName, n.String()).Str(keyFrom, list(was.Addresses)).Str(keyTo, list(is.Addresses)).Err(is.Err).Msg("name cannot be looked up: what was known of it stays")
	case slices.Equal(was.Addresses, is.Addresses) && !was.At.IsZero():
		if is.Err == nil && was.Err != nil {
			log.Info().Str(keyName, n.String()).Msg("name can be looked up again")
		}
	case is.Err == nil && len(is.Addresses) == 0:
		log.Warn().Str(keyName, n.String()).Str(keyFrom, list(was.Addresses)).Msg("name has no addresses")
	default:
		log.Info().Str(keyName, n.String()).Str(keyFrom, list(was.Addresses)).Str(keyTo, list(is.Addresses)).Msg("name has addresses")
	}
}

// list is the addresses for people.
func list(all []Address) string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}
