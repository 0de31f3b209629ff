package series

// Most is how many bytes all series of a process have at most.
const Most = 64 << 20

// Keep is how many points each series may keep when a point of all of them together
// takes that many bytes: the oldest are given up, of all alike, in steps of a half,
// for every change of the length is a copy. A two-version upstream takes 80 bytes: 900
// of them have their quarter of an hour, and 10 000 still have nearly a minute.
func Keep(bytes int) int {
	keep := Longest
	for keep > 0 && keep*bytes > Most {
		keep /= 2
	}
	return keep
}
