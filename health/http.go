package health

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weir/health/outcome"
)

const (
	userAgent = "weir-health"

	// maxProbeHead and maxProbeBody bound what one answer may cost, in bytes. Of a
	// longer body the rest is not read: the status has already decided.
	maxProbeHead = 64 << 10
	maxProbeBody = 64 << 10
)

// HTTPOptions describes an HTTP probe.
type HTTPOptions struct {
	Address string            // host:port to connect to; also the Host header
	Path    string            // path and query of the GET; default /
	Timeout time.Duration     // of one check, from dialling to the end of the body; 0: as long as its ctx
	TLS     *tls.Config       // nil: in clear; without a ServerName it is the host of Address
	Status  outcome.StatusSet // statuses that pass; the zero value means 200-399
}

type httpProbe struct{ o HTTPOptions }

// named is a configuration of TLS for an endpoint that is called what its address
// says, unless it has a name.
func named(c *tls.Config, address string) *tls.Config {
	if c == nil || c.ServerName != "" {
		return c
	}
	host, _, _ := net.SplitHostPort(address) // an address that is none cannot be dialled
	c = c.Clone()
	c.ServerName, _, _ = strings.Cut(host, "%")
	return c
}

// NewHTTPProbe returns a probe that passes when a GET is answered with one of the
// wanted statuses in time. Each check makes a connection of its own: an endpoint
// that accepts none is not well, whatever it still answers on old ones. Redirects
// are answers like any other. A truncated body fails; of a long one the first
// 64 KiB are read. A bad address or path fails each check.
func NewHTTPProbe(o HTTPOptions) Probe {
	if o.Path == "" {
		o.Path = "/"
	}
	if o.Status == (outcome.StatusSet{}) {
		o.Status = outcome.NewStatusSet([2]int{200, 399})
	}
	o.TLS = named(o.TLS, o.Address)
	return &httpProbe{o}
}

func (p *httpProbe) Check(ctx context.Context) error {
	if p.o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.o.Timeout)
		defer cancel()
	}
	err := p.get(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("no complete answer in time")
	}
	return err
}

// get does without http.Transport, which needs three goroutines for an exchange
// and prints to the standard log when an endpoint speaks first.
func (p *httpProbe) get(ctx context.Context) error {
	target, err := url.ParseRequestURI(p.o.Path)
	if err != nil {
		return err
	}
	target.Scheme = "http"
	req := &http.Request{
		Method: http.MethodGet,
		URL:    target,
		Host:   p.o.Address, // not parsed as part of a URL, which would refuse the zone of an IPv6 address
		Header: http.Header{"User-Agent": {userAgent}},
		Close:  true,
	}

	conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.o.Address)
	if err != nil {
		return err
	}
	defer func() { conn.Close() }() // of TLS, where it was begun
	socket := conn
	stop := context.AfterFunc(ctx, func() { socket.Close() }) // wakes a blocked read or write
	defer stop()
	if p.o.TLS != nil {
		secure := tls.Client(conn, p.o.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("handshake: %w", err)
		}
		conn = secure
	}
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
	// Read what there is, so that the endpoint does not log a client that hangs up.
	limited.N = maxProbeBody
	if _, err := io.Copy(io.Discard, resp.Body); err != nil && limited.N > 0 {
		return fmt.Errorf("read body: %w", err)
	}
	return nil
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
