// Package state keeps what must outlive the process: values by key, saved in
// transactions.
//
// It knows files, locks and why a disk may refuse. It must not know what the
// values mean: they are the control plane's.
package state

import "errors"

// Store keeps values by key. Methods may be called from any goroutine, one at
// a time. An error says what is wrong with the store itself, never with a
// value, and leaves everything as it was.
type Store interface {
	// Load returns every value; the caller owns them.
	Load() (map[string][]byte, error)
	// Save writes all changes or none; a nil value deletes its key. When it
	// returns nil the changes survive a crash of the process and the machine.
	Save(changes map[string][]byte) error
	// Close releases the store. Closing twice is harmless.
	Close() error
}

// ErrReadOnly is the error of Save on a store that can be read and not written.
var ErrReadOnly = errors.New("read-only")

// ErrDamaged is the error of every method of a store whose content broke its
// own rules; it is of no further use and must be closed. It says what helps: who
// opens the store tries again at least every 10 s.
var ErrDamaged = errors.New("damaged: move it away, and a new one is made within 10 s")

// ErrGone is the error of Save when nobody would find again what it saves: the
// file was removed or replaced. The store is of no further use and must be closed.
var ErrGone = errors.New("removed or replaced while in use")
