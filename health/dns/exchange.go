package dns

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// ask puts a question to one server (host:port), until ctx ends.
func ask(ctx context.Context, server string, q question) (reply, error) {
	extended := true
	r, err := exchange(ctx, "udp", server, q, extended)
	if err == nil && (r.code == dnsmessage.RCodeFormatError || r.code == dnsmessage.RCodeNotImplemented) {
		extended = false // older than EDNS0 (RFC 6891 §7)
		r, err = exchange(ctx, "udp", server, q, extended)
	}
	if err == nil && r.truncated {
		r, err = exchange(ctx, "tcp", server, q, extended)
	}
	switch {
	case err != nil:
		return reply{}, err
	case r.truncated:
		return reply{}, errors.New("truncated answer over TCP")
	}
	return r, nil
}

// exchange sends a question and waits for its answer. Each one has a socket of its
// own, so that the port cannot be guessed any better than the number; the socket is
// connected, so that the kernel passes on only what the server sends.
func exchange(ctx context.Context, network, server string, q question, extended bool) (reply, error) {
	id := number()
	msg, err := q.message(id, extended)
	if err != nil {
		return reply{}, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, server)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // wakes a blocked read or write
	defer stop()
	if network == "tcp" {
		return overStream(conn, msg, id, q)
	}
	return overDatagrams(conn, msg, id, q)
}

// overDatagrams passes over all that is not the answer: whoever can send from the
// server's address must not be able to end the wait for it.
func overDatagrams(conn net.Conn, msg []byte, id uint16, q question) (reply, error) {
	if _, err := conn.Write(msg); err != nil {
		return reply{}, err
	}
	in := make([]byte, 4*largest) // some send more than they were told to
	for {
		n, err := conn.Read(in)
		if err != nil {
			return reply{}, err
		}
		if r, err := parse(in[:n], id, q); !errors.Is(err, errForeign) {
			return r, err
		}
	}
}

// overStream has the length before each message (RFC 1035 §4.2.2).
func overStream(conn net.Conn, msg []byte, id uint16, q question) (reply, error) {
	out := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(msg)), uint16(len(msg)))
	if _, err := conn.Write(append(out, msg...)); err != nil {
		return reply{}, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return reply{}, fmt.Errorf("answer over TCP: %w", err)
	}
	in := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, in); err != nil {
		return reply{}, fmt.Errorf("answer over TCP: %w", err)
	}
	return parse(in, id, q)
}

// number is one that nobody can guess.
func number() uint16 {
	var b [2]byte
	_, _ = crand.Read(b[:]) // never fails
	return binary.BigEndian.Uint16(b[:])
}
