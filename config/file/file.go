// Package file reads small files that operators write.
//
// It knows of sizes, modes and owners. It must not know what is in a file.
package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Read returns the content of the regular file at path, of at most most bytes. Nothing
// makes it wait: a named pipe is refused. An error says neither the path nor the system
// call, which means nothing to an operator.
func Read(path string, most int64) ([]byte, error) {
	data, _, err := read(path, most)
	return data, err
}

// maxSecret is the largest file with secrets, in bytes: of tokens some thousand.
const maxSecret = 1 << 20

// Secret is Read of a file that is to be kept from others. exposed says who else may read
// it, and what to do; "": nobody.
func Secret(path string) (data []byte, exposed string, err error) {
	data, info, err := read(path, maxSecret)
	if err != nil {
		return nil, "", err
	}
	if mode := info.Mode().Perm(); isExposed(mode, isMine(info)) {
		exposed = fmt.Sprintf("%s: its mode %04o lets others read it: want 0600 (chmod 600 %s), or 0640 of a file that is another user's", path, mode, path)
	}
	return data, exposed, nil
}

func read(path string, most int64) ([]byte, fs.FileInfo, error) {
	data, info, err := regular(path, most)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return data, info, err
}

func regular(path string, most int64) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path) // before opening, which would wait for a writer to a named pipe
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("larger than %d MiB", most>>20)
	}
	return data, info, err
}

// isExposed reports whether a mode lets others read a file. Where it is another user's, as
// with secrets that Kubernetes mounts, its group is how this process reads it.
func isExposed(mode fs.FileMode, mine bool) bool {
	others := fs.FileMode(0o077)
	if !mine {
		others = 0o037
	}
	return mode&others != 0
}
