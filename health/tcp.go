package health

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxExpected bounds what is read until the expected bytes come.
const maxExpected = 64 << 10

// TCPOptions describes a TCP probe.
type TCPOptions struct {
	Address string        // host:port to connect to
	Timeout time.Duration // of one check, from dialling to the last expected byte; 0: as long as its ctx
	TLS     *tls.Config   // nil: in clear; without a ServerName it is the host of Address
	Send    string        // sent once connected; "": nothing
	Expect  string        // must come somewhere in the first 64 KiB; "": connecting (and sending) is enough
}

type tcpProbe struct{ o TCPOptions }

// NewTCPProbe returns a probe that passes when the endpoint accepts a connection,
// each check one of its own, and says what it should.
func NewTCPProbe(o TCPOptions) Probe {
	if o.TLS = named(o.TLS, o.Address); o.TLS != nil && len(o.TLS.NextProtos) > 0 {
		o.TLS = o.TLS.Clone()
		o.TLS.NextProtos = nil // they are of the traffic, and this is none of it
	}
	return &tcpProbe{o}
}

func (p *tcpProbe) Check(ctx context.Context) error {
	ctx, cancel := within(ctx, p.o.Timeout)
	defer cancel()
	err := p.talk(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		if p.o.Expect != "" {
			return fmt.Errorf("no %s in time", show(p.o.Expect))
		}
		return errors.New("no connection in time")
	}
	return err
}

func (p *tcpProbe) talk(ctx context.Context) error {
	conn, end, err := connect(ctx, p.o.Address, p.o.TLS)
	if err != nil {
		return err
	}
	defer end()
	if _, err := io.WriteString(conn, p.o.Send); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if p.o.Expect == "" {
		return nil
	}
	want := []byte(p.o.Expect)
	var got []byte
	for part := make([]byte, 2048); len(got) < maxExpected; {
		n, err := conn.Read(part)
		seen := max(0, len(got)-len(want)+1) // of what came before only its end can be a beginning
		got = append(got, part[:n]...)
		if bytes.Contains(got[seen:], want) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("no %s, but %s: %w", show(p.o.Expect), show(string(got)), err)
		}
	}
	return fmt.Errorf("no %s in the first %d bytes", show(p.o.Expect), maxExpected)
}
