package admintest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Transport is a http.RoundTripper that checks what comes from the admin listeners of
// tests, and passes the rest on as it is.
type Transport struct {
	contract *Contract
	next     http.RoundTripper

	mu    sync.Mutex
	tests map[string]testing.TB // by the listener's host:port
}

// Transport is in front of next.
func (c *Contract) Transport(next http.RoundTripper) *Transport {
	return &Transport{contract: c, next: next, tests: map[string]testing.TB{}}
}

// Watch checks what comes from addr until the test ends, and fails it if that breaks
// the contract.
func (t *Transport) Watch(test testing.TB, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tests[addr] = test
	test.Cleanup(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.tests, addr)
	})
}

// fail fails the test that watches addr, if there is one still.
func (t *Transport) fail(addr string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if test := t.tests[addr]; test != nil {
		test.Errorf("%v", err)
	}
}

func (t *Transport) watched(addr string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tests[addr] != nil
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.watched(req.URL.Host) {
		return t.next.RoundTrip(req)
	}
	x := &exchange{req: req, sent: sentBody(req)}
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	x.status, x.header = res.StatusCode, res.Header
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		x.streaming = true
		schema := "/components/schemas/Event"
		if strings.HasPrefix(req.URL.Path, "/ofrep/") {
			schema = "/components/schemas/FlagsChanged"
		}
		res.Body = &eventChecker{ReadCloser: res.Body, each: func(data []byte) {
			if err := t.contract.schemas.check(schema, data); err != nil {
				t.fail(req.URL.Host, fmt.Errorf("event %s: %w", data, err))
			}
		}}
	} else {
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		res.Body = io.NopCloser(bytes.NewReader(b))
		if err != nil { // the reader shall meet it where it was
			res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(b), failing{err}))
			return res, nil
		}
		x.got = b
	}
	if err := t.contract.check(x); err != nil {
		t.fail(req.URL.Host, fmt.Errorf("%s %s breaks openapi.yaml: %w", req.Method, req.URL.Path, err))
	}
	return res, nil
}

// CloseIdleConnections is what http.Client looks for.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// sentBody is the request's body where it can be read without taking it away.
func sentBody(req *http.Request) []byte {
	if req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	b, _ := io.ReadAll(body) // from memory
	return b
}

// failing is what is left of a body that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// eventChecker calls each with the data of every message that is read through it.
type eventChecker struct {
	io.ReadCloser
	line []byte // that has begun
	each func(data []byte)
}

func (c *eventChecker) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.line = append(c.line, p[:n]...)
	for {
		line, rest, ended := bytes.Cut(c.line, []byte("\n"))
		if !ended {
			return n, err
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			c.each(data)
		}
		c.line = rest
	}
}
