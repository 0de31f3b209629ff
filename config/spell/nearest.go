package spell

import "strings"

// Nearest is the first of names with the smallest edit distance to name, "" when
// even that is too far for a spelling mistake.
func Nearest(name string, names []string) string {
	best, near := 1+len(name)/3, ""
	best = min(best, 3) + 1
	for _, n := range names {
		if diff := len(n) - len(name); diff >= best || -diff >= best {
			continue // the distance is at least the difference in length
		}
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < best {
			best, near = d, n
		}
	}
	return near
}

// distance is the number of letters to insert, remove, replace or swap with
// their neighbour that turn a into b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			differ := 1
			if a[i] == b[j] {
				differ = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+differ)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
