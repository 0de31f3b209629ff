package accesslog

import (
	"bytes"

	"github.com/rs/zerolog"
)

// writer brings blocks of lines to an output. What the output does not take is
// lost; lines are never kept for better times.
type writer struct {
	log zerolog.Logger // of Weir itself
	out *output        // nil: the log is off

	torn      []byte // the rest of a line of which the output has a part
	writing   complaint
	reopening complaint
}

// write writes whole lines. It returns how many were lost.
func (w *writer) write(block []byte) (lost int) {
	if len(w.torn) > 0 {
		n, err := w.out.f.Write(w.torn)
		w.torn = w.torn[n:]
		if err != nil {
			return w.failed(block, err)
		}
	}
	if n, err := w.out.f.Write(block); err != nil {
		return w.failed(w.tear(block, n), err)
	}
	if w.writing.settle() {
		w.log.Info().Str("file", w.out.name()).Msg("access log: it is written again")
	}
	return 0
}

// tear keeps the rest of the line that the first n bytes of the block end in, so
// that the next write finishes it, and returns what comes after it.
func (w *writer) tear(block []byte, n int) []byte {
	if n == 0 || block[n-1] == '\n' {
		return block[n:]
	}
	end := n + bytes.IndexByte(block[n:], '\n') + 1
	w.torn = bytes.Clone(block[n:end])
	return block[end:]
}

func (w *writer) failed(lines []byte, err error) (lost int) {
	if w.writing.raise(err) {
		w.log.Error().Str("file", w.out.name()).Err(err).Msg("access log: it cannot be written, lines are lost")
	}
	return bytes.Count(lines, newline)
}

var newline = []byte{'\n'}

// reopen changes to the file that the path names now. While there is none to be
// had, done is false and lines go on to the old one.
func (w *writer) reopen() (done bool, lost int) {
	fresh, err := w.out.reopen()
	if err != nil {
		if w.reopening.raise(err) {
			w.log.Error().Str("file", w.out.name()).Err(err).Msg("access log: it cannot be reopened, lines go where they went before")
		}
		return false, 0
	}
	if w.reopening.settle() {
		w.log.Info().Str("file", w.out.name()).Msg("access log: it is reopened")
	}
	if fresh && len(w.torn) > 0 {
		w.torn, lost = nil, 1
	}
	return true, lost
}

// well says whether lines go where they should.
func (w *writer) well() bool { return w.writing.err == nil && w.reopening.err == nil }

// use changes to another output, or to none.
func (w *writer) use(next *output) {
	if w.out != nil {
		w.out.close()
	}
	*w = writer{log: w.log, out: next}
}
