package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// knock is how long a socket that is there already may take to answer.
const knock = time.Second

// listenUnix binds a Unix socket that only the user of this process can reach. One that
// a dead process has left is replaced; it goes when the listener is closed.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	// By the mask and not afterwards: in between anybody could connect. It is the
	// process's, and nothing else of it makes a file that others should read just now.
	mask := syscall.Umask(0o177)
	defer syscall.Umask(mask)
	return new(net.ListenConfig).Listen(ctx, "unix", path)
}

// removeStale removes what nobody listens on.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there and no socket: want another path", path)
	}
	d := net.Dialer{Timeout: knock}
	c, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		c.Close()
		return fmt.Errorf("%s: another process listens there: want another path, or that one stopped", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s: whether another process listens there is unknown: %w", path, err)
	}
	return os.Remove(path)
}
