package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Idempotent is a client for one write, which then may be asked for again with the same
// key, by itself when a connection breaks or by whoever has the key: see IdempotencyKey.
func (c *Client) Idempotent(key string) *Client {
	keyed := *c
	keyed.key = key
	return &keyed
}

// retries is how often a broken exchange is tried again, and firstPause how long it waits
// before; each further pause is four times as long.
const (
	retries    = 2
	firstPause = 100 * time.Millisecond
)

// again is how long to wait before an exchange is tried again after an error; 0: it is
// not. Reads may always be, and writes with a key. Where nobody listens it is of no use:
// whoever waits for a Weir that starts knows better for how long.
func (c *Client) again(method string, err error, try int) time.Duration {
	if method != http.MethodGet && c.key == "" {
		return 0
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		if method != http.MethodGet && p.Status == http.StatusConflict {
			return p.RetryAfter // the first is under way: no other conflict has it
		}
		return 0
	}
	broken := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	if !broken || try > retries {
		return 0
	}
	return firstPause << (2 * (try - 1))
}

// retryAfter reads the header, of which Weir writes seconds only.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 24*60*60 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
