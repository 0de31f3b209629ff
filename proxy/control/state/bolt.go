package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// fileName is the state file in its directory.
const fileName = "weir.db"

// lockTimeout is how long OpenBolt waits for a process that has the file: long
// enough for one that is just stopping, short enough for a start.
const lockTimeout = time.Second

var bucket = []byte("weir")

// Bolt keeps values in one file. Each Save is synced to the disk before it
// returns. Make one with OpenBolt. Safe for concurrent use.
type Bolt struct {
	path     string
	readOnly bool

	mu struct {
		sync.Mutex
		db      *bbolt.DB // nil after Close
		file    *os.File  // what db has open
		damaged error     // set once bbolt has panicked: db must not be called again
	}
}

// OpenBolt opens dir/weir.db, making the directory and the file when they are
// missing. A file that may be read and not written is opened for reading; Save
// then answers ErrReadOnly. The error names the file and says whether another
// process has it, it is damaged (ErrDamaged), or the system refused.
func OpenBolt(dir string) (*Bolt, error) { return openBolt(dir, os.OpenFile) }

type openFile func(name string, flag int, mode os.FileMode) (*os.File, error)

func openBolt(dir string, open openFile) (*Bolt, error) {
	path := filepath.Join(dir, fileName)
	if err := os.MkdirAll(dir, 0o700); err != nil && !readOnlyError(err) {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	b, err := openMode(path, open, false)
	if readOnlyError(err) {
		if ro, roErr := openMode(path, open, true); roErr == nil {
			return ro, nil
		}
	}
	return b, err
}

// readOnlyError reports whether the system refuses writes, and perhaps not reads.
func readOnlyError(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

func openMode(path string, open openFile, readOnly bool) (*Bolt, error) {
	b := &Bolt{path: path, readOnly: readOnly}
	err := guard(func() (err error) {
		b.mu.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:  lockTimeout,
			ReadOnly: readOnly,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				f, err := open(name, flag, mode)
				b.mu.file = f
				return f, err
			},
		})
		return err
	})
	if err == nil {
		return b, nil
	}
	if errors.Is(err, ErrDamaged) && b.mu.file != nil {
		_ = abandon(b.mu.file)
	}
	return nil, explain(path, err)
}

// explain says in an operator's words why a file cannot be opened.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("state file %s: another process has it locked (waited %v)", path, lockTimeout)
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("state file %s: %w", path, err)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("state file: %w", err) // names the path itself
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("state file %s: %w", path, err)
	}
	return fmt.Errorf("state file %s: %w (%w)", path, ErrDamaged, err) // not the system's fault: the content's
}

// guard turns what bbolt does over a damaged file (it panics, or touches a page
// of the mapping that the file no longer has) into ErrDamaged.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w (%v)", ErrDamaged, r)
		}
	}()
	return f()
}

// abandon closes the file of a database that has panicked. The database itself
// cannot be closed: it may have left its own locks taken. Its mapping stays, and
// with it the system's lock on the file, unless that is given back first.
func abandon(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

// use runs f on the open database, and never again after it has panicked.
func (b *Bolt) use(f func(*bbolt.DB) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.mu.damaged != nil:
		return b.mu.damaged
	case b.mu.db == nil:
		return fmt.Errorf("state file %s: is closed", b.path)
	}
	err := guard(func() error { return f(b.mu.db) })
	if err == nil {
		return nil
	}
	err = fmt.Errorf("state file %s: %w", b.path, err)
	if errors.Is(err, ErrDamaged) {
		b.mu.damaged = err
	}
	return err
}

// Load implements Store.
func (b *Bolt) Load() (map[string][]byte, error) {
	out := map[string][]byte{}
	err := b.use(func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			values := tx.Bucket(bucket)
			if values == nil {
				return nil
			}
			return values.ForEach(func(k, v []byte) error {
				out[string(k)] = bytes.Clone(v)
				return nil
			})
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Save implements Store.
func (b *Bolt) Save(changes map[string][]byte) error {
	if b.readOnly {
		return fmt.Errorf("state file %s: %w", b.path, ErrReadOnly)
	}
	return b.use(func(db *bbolt.DB) error {
		err := db.Update(func(tx *bbolt.Tx) error {
			values, err := tx.CreateBucketIfNotExists(bucket)
			if err != nil {
				return err
			}
			for k, v := range changes {
				if v == nil {
					err = values.Delete([]byte(k))
				} else {
					err = values.Put([]byte(k), v)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return b.findable()
	})
}

// findable says whether who looks for the file finds the one that is open: a file
// without a name takes everything, and nobody will ever read it.
func (b *Bolt) findable() error {
	opened, err := b.mu.file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(b.path); err != nil || !os.SameFile(opened, there) {
		return ErrGone
	}
	return nil
}

// Close implements Store.
func (b *Bolt) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	db := b.mu.db
	b.mu.db = nil
	if db == nil {
		return nil
	}
	if b.mu.damaged != nil {
		return abandon(b.mu.file)
	}
	err := guard(db.Close)
	if errors.Is(err, ErrDamaged) {
		err = errors.Join(err, abandon(b.mu.file))
	}
	if err != nil {
		return fmt.Errorf("state file %s: close: %w", b.path, err)
	}
	return nil
}
