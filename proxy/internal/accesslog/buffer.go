package accesslog

// The size of one buffer. A line of an ordinary request holds about 200 bytes of
// the client's words, one of the largest 4 KiB.
const (
	bufferEntries = 256
	bufferText    = 48 << 10
)

// buffer holds entries until they are formatted. Their slices lead into text,
// which never grows.
type buffer struct {
	entries []Entry
	text    []byte
}

func newBuffer() *buffer {
	return &buffer{entries: make([]Entry, 0, bufferEntries), text: make([]byte, 0, bufferText)}
}

// add copies an entry, or returns false when it is full.
func (b *buffer) add(e *Entry) bool {
	n := len(b.entries)
	if n == cap(b.entries) {
		return false
	}
	b.entries = b.entries[:n+1]
	kept := &b.entries[n]
	*kept = *e
	kept.cut()
	if kept.size() > cap(b.text)-len(b.text) {
		b.entries = b.entries[:n]
		return false
	}
	for _, p := range [...]*[]byte{
		&kept.Client, &kept.Method, &kept.Target, &kept.Host, &kept.UserAgent, &kept.Referer, &kept.TraceID,
	} {
		at := len(b.text)
		b.text = append(b.text, *p...)
		*p = b.text[at:]
	}
	return true
}

// half says that it is time to come for what it holds.
func (b *buffer) half() bool {
	return len(b.entries) >= cap(b.entries)/2 || len(b.text) >= cap(b.text)/2
}

// empty forgets the entries, and the strings that they hold of older generations.
func (b *buffer) empty() {
	clear(b.entries)
	b.entries, b.text = b.entries[:0], b.text[:0]
}
