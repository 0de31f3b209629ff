package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"weir/proxy/admin/api"
)

// fileName is the newest file's; older ones have .1 and so on behind it, .1 the newest
// of them.
const fileName = "audit.log"

// files are where entries are kept, each a line. Only one goroutine adds.
type files struct {
	dir     string
	maxSize int64
	older   int
	torn    bool // the last write may have left a line without its end
}

func (f *files) name(n int) string {
	name := filepath.Join(f.dir, fileName)
	if n > 0 {
		name = fmt.Sprintf("%s.%d", name, n)
	}
	return name
}

// add writes one entry by one call. The file is opened anew for each: so another
// program may move it away, and nothing is held while nobody changes anything.
func (f *files) add(e api.AuditEntry) error {
	line, err := json.Marshal(e)
	if err != nil {
		panic("BUG: an entry cannot be encoded: " + err.Error())
	}
	line = append(line, '\n')
	out, size, err := f.open()
	if err != nil {
		return err
	}
	if size > 0 && size+int64(len(line)) > f.maxSize {
		if err := errors.Join(out.Close(), f.rotate()); err != nil {
			return err
		}
		if out, size, err = f.open(); err != nil {
			return err
		}
	}
	if f.torn || size > 0 && !endsInLine(out, size) {
		line = append([]byte{'\n'}, line...)
	}
	n, err := out.Write(line)
	f.torn = err != nil && n > 0
	return errors.Join(err, out.Close())
}

func (f *files) open() (out *os.File, size int64, err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, 0, err
	}
	// To be read as well: of a line that a crash cut off the end is looked for.
	out, err = os.OpenFile(f.name(0), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, err
	}
	info, err := out.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = out.Chmod(0o600)
	}
	if err != nil {
		return nil, 0, errors.Join(err, out.Close())
	}
	return out, info.Size(), nil
}

// endsInLine reports whether the last byte of a file ends a line.
func endsInLine(in *os.File, size int64) bool {
	var last [1]byte
	_, err := in.ReadAt(last[:], size-1)
	return err == nil && last[0] == '\n'
}

// rotate makes room for a new file; the oldest goes.
func (f *files) rotate() error {
	for n := f.older; n > 0; n-- {
		if err := os.Rename(f.name(n-1), f.name(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// newest calls take with the lines of entries before an ID, newest first, until it says
// false. It reads about most bytes; left says that there may be more behind those. Lines
// that are no entry, as a crash may leave one, are passed over.
func (f *files) newest(before uint64, most int64, take func(id uint64, line []byte) bool) (left bool, err error) {
	for n := range f.older + 1 {
		in, err := os.Open(f.name(n))
		if errors.Is(err, fs.ErrNotExist) {
			continue // also while a rotation is under way
		}
		if err != nil {
			return false, err
		}
		goOn, err := newestOf(in, before, &most, take)
		in.Close()
		if err != nil || !goOn {
			return most <= 0, err
		}
	}
	return false, nil
}

// newestOf is newest of one file; most becomes what of it is left. goOn is whether the
// next file is to be looked at.
func newestOf(in *os.File, before uint64, most *int64, take func(uint64, []byte) bool) (goOn bool, err error) {
	l, err := backwards(in)
	if err != nil {
		return false, err
	}
	if first := l.firstID(); first >= before && first > 0 {
		return true, nil // it has nothing older: later files have
	}
	for {
		line, err := l.next(most)
		if err != nil {
			return false, err
		}
		if line == nil {
			return *most > 0, nil
		}
		if id := idOf(line); id > 0 && id < before && !take(id, line) {
			return false, nil
		}
	}
}
