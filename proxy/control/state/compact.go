package state

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// File is where a state directory has its values.
func File(dir string) string { return filepath.Join(dir, fileName) }

// compactBatch is how much one transaction of a compaction takes, in bytes.
const compactBatch = 1 << 20

// Compact writes the values of a directory into a new file that takes the place of the
// old one in one step: bbolt's never shrinks by itself. Nobody else may have it open. It
// returns how long the file was and is, in bytes. When it fails the old one stays.
func Compact(dir string) (before, after int64, err error) {
	path := File(dir)
	if before, err = length(path); err != nil {
		return 0, 0, err
	}
	old, err := OpenBolt(dir)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = old.Close() }() // its writes are synced, or it is the file that was left behind
	if old.readOnly {
		return 0, 0, fmt.Errorf("state file %s: %w", path, ErrReadOnly)
	}
	next := path + ".compact"
	defer os.Remove(next) // nothing, once it has the other name
	if err := old.use(func(db *bbolt.DB) error { return copyTo(next, db) }); err != nil {
		return 0, 0, err
	}
	if after, err = length(next); err != nil {
		return 0, 0, err
	}
	// Still locked: nobody saves into the old one on the way.
	if err := os.Rename(next, path); err != nil {
		return 0, 0, fmt.Errorf("state file: %w", err)
	}
	return before, after, syncDir(dir)
}

// copyTo makes a file of what db has, on the disk when it returns.
func copyTo(path string, db *bbolt.DB) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) { // of a compaction that was killed
		return err
	}
	to, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, NoSync: true})
	if err != nil {
		return err
	}
	if err := bbolt.Compact(to, db, compactBatch); err != nil {
		_ = to.Close() // the other error says it
		return err
	}
	if err := to.Sync(); err != nil {
		_ = to.Close()
		return err
	}
	return to.Close()
}

// syncDir makes a rename survive.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("state directory: %w", err)
	}
	defer d.Close()
	return d.Sync()
}

func length(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("state file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("state file %s: %w", path, fs.ErrInvalid)
	}
	return info.Size(), nil
}
