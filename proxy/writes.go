package proxy

import (
	"bytes"
	"fmt"
	"strings"

	"weir/proxy/internal/http1"
)

// Writes says which requests of an upstream are writes: those whose method is not GET,
// HEAD, OPTIONS or TRACE, but for the exceptions. An upgraded connection is what its
// request is, a read where that is a GET: what goes through it Weir does not see.
type Writes struct {
	Reads    []Exception // requests with another method that write nothing
	ReadOnly *ReadOnly   // nil: writes are served
}

// Exception is requests with one method and a path, or one that goes on behind it with
// "/". The path is compared as it was sent; one that an endpoint could take for another
// (see plain) is none.
type Exception struct {
	Method string
	Path   string // begins with "/"; a slash at its end does not count
}

func (e *Exception) check() error {
	if e.Method == "" || !strings.HasPrefix(e.Path, "/") {
		return fmt.Errorf("exception %s %s: want a method and a path that begins with /", e.Method, e.Path)
	}
	return nil
}

func (e *Exception) takes(method, path []byte) bool {
	if string(method) != e.Method {
		return false
	}
	prefix := strings.TrimSuffix(e.Path, "/")
	return len(path) >= len(prefix) && string(path[:len(prefix)]) == prefix && (len(path) == len(prefix) || path[len(prefix)] == '/')
}

// excepted says whether one of the exceptions is the request's.
func excepted(list []Exception, x Exchange) bool {
	for i := range list {
		if list[i].takes(x.Method(), x.Path()) {
			return plain(x.Path())
		}
	}
	return false
}

// plain says that a path is the same to whoever normalises it: no empty or dotted
// segment, and no separator or dot in disguise. Else /search/../orders would be /search.
func plain(path []byte) bool {
	if bytes.Contains(path, []byte("//")) || bytes.Contains(path, []byte("/.")) || bytes.IndexByte(path, '\\') >= 0 {
		return false
	}
	for rest := path; ; {
		i := bytes.IndexByte(rest, '%')
		if i < 0 || len(rest) < i+3 {
			return i < 0
		}
		switch code := rest[i+1 : i+3]; {
		case bytes.EqualFold(code, []byte("2e")), bytes.EqualFold(code, []byte("2f")), bytes.EqualFold(code, []byte("5c")):
			return false
		}
		rest = rest[i+3:]
	}
}

// isWrite says whether the request may change something.
func (u *Upstream) isWrite(x Exchange) bool {
	return !http1.Safe(x.Method()) && (len(u.Writes.Reads) == 0 || !excepted(u.Writes.Reads, x))
}

func (w *Writes) check() error {
	for i := range w.Reads {
		if err := w.Reads[i].check(); err != nil {
			return err
		}
	}
	if w.ReadOnly != nil {
		return w.ReadOnly.check()
	}
	return nil
}
