package config

import "weir/config/spell"

// allowed ends a message about a name that is not one of names: with the one
// that was probably meant, and what there is.
func allowed(name string, names []string) string { return spell.Allowed(name, names) }

// enumerate is names in a message: all of ours, and no more of an operator's.
func enumerate(names []string) string { return spell.Enumerate(names) }

// Nearest is the first of names with the smallest edit distance to name, "" when
// even that is too far for a spelling mistake.
func Nearest(name string, names []string) string { return spell.Nearest(name, names) }
