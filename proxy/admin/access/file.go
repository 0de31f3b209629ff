package access

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxFile is the largest file of tokens that is read, in bytes: some thousand.
const maxFile = 1 << 20

// Loaded is a file of tokens that can be used.
type Loaded struct {
	Tokens   []Token
	Warnings []string // of tokens that can be guessed
	// Exposed says who else may read the file, and what to do; "": nobody.
	Exposed string
}

// Load reads the file at path, see Parse.
func Load(path string) (Loaded, error) {
	data, info, err := read(path)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // without the system call, which says nothing to an operator
	}
	if err != nil {
		return Loaded{}, fmt.Errorf("%s: %w: want a file with lines of %s", path, err, wantLine)
	}
	var l Loaded
	if l.Tokens, l.Warnings, err = Parse(path, data); err != nil {
		return Loaded{}, err
	}
	if exposed(info.Mode().Perm(), isMine(info)) {
		l.Exposed = fmt.Sprintf("%s: its mode %04o lets others read the tokens: want 0600 (chmod 600 %s), or 0640 of a file that is another user's",
			path, info.Mode().Perm(), path)
	}
	return l, nil
}

func read(path string) ([]byte, fs.FileInfo, error) {
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
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("larger than 1 MiB")
	}
	return data, info, err
}

// exposed reports whether a mode lets others read a file. Where it is another user's,
// as with secrets that Kubernetes mounts, its group is how this process reads it.
func exposed(mode fs.FileMode, mine bool) bool {
	others := fs.FileMode(0o077)
	if !mine {
		others = 0o037
	}
	return mode&others != 0
}
