package config

import "slices"

// reference is a name that stands for something elsewhere in the file.
type reference struct {
	at     value
	name   string
	faulty bool // already reported
}

// refer reads v as a reference; want says to what.
func refer(v value, want string) *reference {
	s, ok := v.scalar(want)
	return &reference{at: v, name: s, faulty: !ok}
}

// resolve returns the index of the name in names, -1 when it is at fault.
func (r *reference) resolve(names []string) int {
	if r.faulty {
		return -1
	}
	i := slices.Index(names, r.name)
	if i < 0 {
		r.at.fail("%s does not exist%s", Show(r.name), allowed(r.name, names))
	}
	return i
}
