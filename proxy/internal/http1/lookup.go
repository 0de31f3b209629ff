package http1

import "weir/proxy/internal/lookup"

// cookie returns the value of the first cookie called name (in lower case), nil when
// there is none.
func cookie(fields []Field, name string) []byte {
	for line, next := Next(fields, "cookie", 0); next > 0; line, next = Next(fields, "cookie", next) {
		if value, ok := lookup.Cookie(line, name); ok {
			return value
		}
	}
	return nil
}
