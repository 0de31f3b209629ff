package control

// led are the flags by which routes lead to the version, whatever share it has; none: the
// split alone does. A version that is led to is never done with.
func (u *upstream) led(version string) (flags []string) {
	for _, l := range u.config.Led {
		if l.Version == version {
			flags = append(flags, l.Flag)
		}
	}
	return flags
}

// ledWords says so for people: "flag a sends", "flags a, b send".
func ledWords(flags []string) string {
	if len(flags) == 1 {
		return "flag " + flags[0] + " sends"
	}
	return "flags " + enumerate(flags) + " send"
}
