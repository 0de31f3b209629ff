package routing

// Request is what routes see of a request. No slice it returns is kept.
type Request interface {
	// Listener is the name of the one that it came to, "" where that has none.
	Listener() string
	// Scheme is "http" or "https", as the client used it.
	Scheme() string
	// Name is the host the client asked for, without port, case as sent.
	Name() []byte
	// Path is the path of the target as sent, not decoded, beginning with "/".
	Path() []byte
	// Method is the method, with case.
	Method() []byte
	// Query is what follows the first "?" in the target, as sent.
	Query() []byte
	// Header finds header lines as the client sent them: the value of the first one
	// called name (given in lower case), from line `from` on, and the line behind it to
	// go on from; 0 when there is none.
	Header(name string, from int) (value []byte, next int)
	// Decided says whether the condition on a flag holds. A flag is asked once in the life
	// of a request.
	Decided(w *When) bool
}
