package routing

import "slices"

// When is a condition on what a flag says for a request.
type When struct {
	Flag     string   // its key
	Variants []string // of which it must say one
	At       int      // the flag's place among those of its generation
}

// same is equal for two conditions that hold for the same requests; nil asks for nothing.
func (w *When) same() []string {
	if w == nil {
		return nil
	}
	return append([]string{w.Flag}, slices.Compact(slices.Sorted(slices.Values(w.Variants)))...)
}
