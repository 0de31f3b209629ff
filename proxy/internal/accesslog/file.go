package accesslog

import (
	"errors"
	"io/fs"
	"os"
)

// The words that name the process's own streams instead of a file.
const (
	Stdout = "stdout"
	Stderr = "stderr"
)

// output is where lines go.
type output struct {
	path string // "" for a stream of the process, which is never reopened or closed
	f    *os.File
}

// open opens a file for appending, with mode 0640 if it makes it; folders must
// exist. It follows no symbolic link in the last place and takes regular files
// only: who may write to the log's folder cannot lead the lines elsewhere.
func open(file string) (*output, error) {
	switch file {
	case Stdout:
		return &output{f: os.Stdout}, nil
	case Stderr:
		return &output{f: os.Stderr}, nil
	}
	f, err := openRegular(file)
	if err != nil {
		return nil, err
	}
	return &output{path: file, f: f}, nil
}

var errIrregular = errors.New("not a regular file")

func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, openFlags, 0o640)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, explain(path, e.Err)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// explain says in plain words why a file is not opened that something else
// stands for.
func explain(path string, err error) error {
	if info, e := os.Lstat(path); e == nil && !info.Mode().IsRegular() {
		if info.Mode()&fs.ModeSymlink != 0 {
			return errors.New("a symbolic link")
		}
		return errIrregular
	}
	return err
}

// reopen opens the path anew, which a rotation has given to another file. fresh
// says that it is another one.
func (o *output) reopen() (fresh bool, err error) {
	if o.path == "" {
		return false, nil
	}
	next, err := openRegular(o.path)
	if err != nil {
		return false, err
	}
	if sameFile(o.f, next) {
		return false, next.Close()
	}
	o.f.Close()
	o.f = next
	return true, nil
}

func sameFile(a, b *os.File) bool {
	is, err := a.Stat()
	if err != nil {
		return false
	}
	other, err := b.Stat()
	return err == nil && os.SameFile(is, other)
}

func (o *output) name() string { return o.f.Name() }

func (o *output) close() {
	if o.path != "" {
		o.f.Close()
	}
}
