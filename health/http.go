package health

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"time"

	"weir/health/outcome"
)

const (
	userAgent = "weir-health"

	// maxProbeHead and maxProbeBody bound what one answer may cost, in bytes. Of a
	// longer body the rest is not read: the status has already decided. A rule for the
	// body has a bound of its own.
	maxProbeHead = 64 << 10
	maxProbeBody = 64 << 10
)

// HTTPOptions describes an HTTP probe.
type HTTPOptions struct {
	Address string            // host:port to connect to
	Path    string            // path and query; default /
	Method  string            // default GET
	Host    string            // Host header; default Address
	Headers http.Header       // more headers; a User-Agent replaces our own. Only read
	Timeout time.Duration     // of one check, from dialling to the end of the body; 0: as long as its ctx
	TLS     *tls.Config       // nil: in clear; without a ServerName it is the host of Address
	Status  outcome.StatusSet // statuses that pass; the zero value means 200-399
	Match   Match             // what else the answer must be
	Passed  func(http.Header) // gets the head of each answer that passed, from the worker that checks; nil: nobody does
}

type httpProbe struct{ o HTTPOptions }

// NewHTTPProbe returns a probe that passes when a request is answered in time by one
// of the wanted statuses and what Match asks for. Each check makes a connection of
// its own: an endpoint that accepts none is not well, whatever it still answers on
// old ones. Redirects are answers like any other. A truncated body fails; of a long
// one the first 64 KiB are read, or as much as Match looks at. A bad address or path
// fails each check.
func NewHTTPProbe(o HTTPOptions) Probe {
	if o.Path == "" {
		o.Path = "/"
	}
	if o.Method == "" {
		o.Method = http.MethodGet
	}
	if o.Host == "" {
		o.Host = o.Address
	}
	if o.Status == (outcome.StatusSet{}) {
		o.Status = outcome.NewStatusSet([2]int{200, 399})
	}
	o.TLS = named(o.TLS, o.Address)
	return &httpProbe{o}
}

func (p *httpProbe) Check(ctx context.Context) error {
	ctx, cancel := within(ctx, p.o.Timeout)
	defer cancel()
	err := p.ask(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("no complete answer in time")
	}
	return err
}

// request is what is sent: another one for each check, as writing it changes it.
func (p *httpProbe) request() (*http.Request, error) {
	target, err := url.ParseRequestURI(p.o.Path)
	if err != nil {
		return nil, err
	}
	target.Scheme = "http"
	header := p.o.Headers.Clone()
	if header == nil {
		header = http.Header{}
	}
	if header["User-Agent"] == nil {
		header.Set("User-Agent", userAgent)
	}
	return &http.Request{
		Method: p.o.Method,
		URL:    target,
		Host:   p.o.Host, // not parsed as part of a URL, which would refuse the zone of an IPv6 address
		Header: header,
		Close:  true,
	}, nil
}

// ask does without http.Transport, which needs three goroutines for an exchange
// and prints to the standard log when an endpoint speaks first.
func (p *httpProbe) ask(ctx context.Context) error {
	req, err := p.request()
	if err != nil {
		return err
	}
	conn, end, err := connect(ctx, p.o.Address, p.o.TLS)
	if err != nil {
		return err
	}
	defer end()
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("send request: %w", err)
	}

	limited := &io.LimitedReader{R: conn, N: maxProbeHead}
	resp, err := readFinal(bufio.NewReader(limited), req) //nolint:bodyclose // conn is closed; Body.Close would first read on
	if err != nil && limited.N <= 0 {
		return fmt.Errorf("head of the answer has more than %d bytes", maxProbeHead)
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if !p.o.Status.Contains(resp.StatusCode) {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	for i := range p.o.Match.Headers {
		if err := p.o.Match.Headers[i].check(resp.Header); err != nil {
			return err
		}
	}
	limited.N = math.MaxInt64 // the body has its own bound
	if err := p.readBody(resp.Body); err != nil {
		return err
	}
	if p.o.Passed != nil {
		p.o.Passed(resp.Header)
	}
	return nil
}

// readBody reads what there is, also when nobody asks for it, so that the endpoint
// does not log a client that hangs up.
func (p *httpProbe) readBody(body io.Reader) error {
	rule := &p.o.Match.Body
	var seen bytes.Buffer
	to := io.Discard
	if rule.asks() {
		to = &seen
	}
	if _, err := io.CopyN(to, body, rule.limit()); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read body: %w", err)
	}
	return rule.check(seen.Bytes())
}

// readFinal reads the head of the final response, behind any interim ones (RFC 9110 §15.2).
func readFinal(r *bufio.Reader, req *http.Request) (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(r, req)
		if err != nil || resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
}
