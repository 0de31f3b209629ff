package audit

import (
	"bytes"
	"io"
	"os"
	"strconv"
)

// block is how much of a file is read at once, in bytes.
const block = 64 << 10

// lines are those of a file, from its end.
type lines struct {
	in   *os.File
	at   int64  // what is before this offset was not read yet
	held []byte // what is behind it and was not given out; where it begins a line may not
}

// backwards begins at the end that the file has now.
func backwards(in *os.File) (*lines, error) {
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	return &lines{in: in, at: info.Size()}, nil
}

// next is the line before, without its end; nil: there is none. What is read for it is
// taken off most, and nothing is where that is used up.
func (l *lines) next(most *int64) ([]byte, error) {
	for {
		if i := bytes.LastIndexByte(l.held, '\n'); i >= 0 || l.at == 0 {
			line := l.held[i+1:]
			l.held = l.held[:max(i, 0)]
			if len(line) > 0 {
				return line, nil
			}
			if i < 0 {
				return nil, nil
			}
			continue
		}
		if *most <= 0 {
			return nil, nil
		}
		n := min(l.at, max(block, int64(len(l.held)))) // more and more of a long line
		b := make([]byte, n, n+int64(len(l.held)))
		if _, err := l.in.ReadAt(b, l.at-n); err != nil {
			return nil, err
		}
		l.held = append(b, l.held...)
		l.at -= n
		*most -= n
	}
}

// firstID is the ID of the first entry; 0: it is not near the beginning.
func (l *lines) firstID() uint64 {
	b := make([]byte, block)
	n, err := l.in.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return 0
	}
	for line := range bytes.Lines(b[:n]) {
		if id := idOf(line); id > 0 {
			return id
		}
	}
	return 0
}

// idOf is the ID of the entry in a line, which begins with it; 0: there is none.
func idOf(line []byte) uint64 {
	rest, ok := bytes.CutPrefix(line, []byte(`{"id":`))
	if !ok {
		return 0
	}
	digits, _, _ := bytes.Cut(rest, []byte{','})
	id, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0
	}
	return id
}
