package config

// survey is told by the readers what they would read. The schema and the reference of
// all keys are made so, from nothing but the readers themselves: a key that is read
// is in both. It is nil while a file is read.
type survey interface {
	// object is a mapping with the keys of f, entries one with names of the operator's,
	// list a list of at least so many items; want says of what.
	object(v value, f fields)
	entries(v value, want string, least int, entry func(key string, at value))
	list(v value, least int, item func(value))

	// shape says what the scalar at v is, where a description of it is not all that is
	// known; scalar follows, with the description.
	shape(v value, s shape)
	scalar(v value, want string)

	// standard is what holds when v is not written, if there is a text that parse makes
	// it of.
	standard(v value, is any, parse func(string) (any, bool))
}

// shape is what is known of a scalar beside the words that describe it.
type shape struct {
	kind  kind
	span  span     // of whole numbers, numbers and percentages; of durations in nanoseconds, of sizes in bytes
	words []string // the only ones, of kind oneWord
}

// kind is how a scalar is read.
type kind uint8

// The kinds. The zero value is text.
const (
	someText kind = iota
	wholeNumbers
	numbers
	percentages
	durations       // of span
	durationsOrNone // of span, or 0s
	sizes
	onOff
	oneWord
	statusRanges // of span
)

// like is read, which reads a scalar of that shape.
func like(s shape, read func(value)) func(value) {
	return func(v value) {
		if v.in.survey != nil {
			v.in.survey.shape(v, s)
		}
		read(v)
	}
}

// standard tells a survey what dst is unless v is written; a dst of nil has no such
// thing. Without parse any text will do.
func standard[T any](v value, dst *T, parse func(string) (T, bool)) {
	if v.in.survey == nil || dst == nil {
		return
	}
	v.in.survey.standard(v, *dst, func(s string) (any, bool) {
		if parse == nil {
			return *dst, true
		}
		return parse(s)
	})
}
