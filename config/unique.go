package config

// unique finds names and addresses that are written twice: it keeps where each
// was first.
type unique map[string]value

// check reads with read, and refuses what read put into dst when an earlier call
// put the same there. An address is the same in each of its spellings.
func (u unique) check(dst *string, read func(value)) func(value) {
	return func(v value) {
		read(v)
		if *dst == "" {
			return
		}
		same := sameAddress(*dst)
		if first, ok := u[same]; ok {
			v.fail("%s: want it once, it is already on line %d", Show(*dst), first.node.Line)
			return
		}
		u[same] = v
	}
}

// distinct reads a list of at least so many scalars, each once, in place of what is
// there.
func distinct(dst *[]string, least int, want string, parse func(string) (string, bool)) func(value) {
	return func(v value) {
		standard(v, dst, nil)
		out, once := (*dst)[:0:0], unique{}
		v.list(want, least, func(item value) {
			var s string
			once.check(&s, one(&s, want, parse))(item)
			out = append(out, s)
		})
		*dst = out
	}
}

// choices reads a list of at least one of the words, each once, in place of what is
// there; want says what one is.
func choices(dst *[]string, want string, words []string) func(value) {
	return func(v value) {
		standard(v, dst, nil)
		out, once := (*dst)[:0:0], unique{}
		v.list(want, 1, func(item value) {
			var s string
			once.check(&s, choice(&s, words))(item)
			out = append(out, s)
		})
		*dst = out
	}
}
