package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"

	"weir/proxy/internal/sock"
)

// reset begins with a new socket, which may be to speak TLS.
func (c *conn) reset(s *secured) {
	c.client.Reset(s.Conn)
	c.client.ServeTLS(s.base)
	c.mutual = s.mutual
}

// scheme is that of the URIs which the client can mean.
func (c *conn) scheme() string {
	if c.client.Secure() {
		return "https"
	}
	return "http"
}

// shakeHands begins TLS, within the time for a head; false when the connection is
// over. A drain lets it finish, as it lets a new connection send its request.
func (c *conn) shakeHands() bool {
	err := c.client.Handshake(sock.Now()+c.policy.HeaderTimeout, firstGrace)
	if err == nil {
		if c.mutual {
			c.sni = []byte(c.client.TLS().ServerName)
		}
		return true
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok && likeHTTP(e.RecordHeader) {
		c.srv.rejects.count(replyPlainHTTP.reason)
		c.answerInClear(replyPlainHTTP)
		return false
	}
	c.srv.rejects.count(reasonHandshake)
	return false
}

const reasonHandshake = "tls_handshake"

// likeHTTP says of the first bytes of a connection that they begin a request
// line in clear.
func likeHTTP(b [5]byte) bool {
	for i, c := range b {
		switch {
		case c >= 'A' && c <= 'Z', i > 0 && c == '-':
		case i > 2 && c == ' ': // no method is shorter than GET
			return true
		default:
			return false
		}
	}
	return true
}

// answerInClear answers a client that speaks no TLS.
func (c *conn) answerInClear(r *reply) {
	plain := &sock.Conn{}
	plain.Reset(c.client.Socket())
	answer := r.append(nil, replyOptions{minor: 1, close: true})
	n, err := plain.WriteAll(answer, sock.Now(), c.policy.SendTimeout)
	c.sent.all, c.sent.notBody = int64(n), headOf(answer)
	c.logRefused(r, nil, 0)
	if err == nil {
		c.lingerOn(plain)
	}
}

// misdirected says of a request on a connection with client certificates that it
// is for another host than the handshake was (RFC 9110 §7.4): who was let in
// there was not let in here.
func (c *conn) misdirected(host []byte) bool {
	if len(c.sni) == 0 {
		return false
	}
	if n := len(host); n > 0 && host[n-1] == '.' {
		host = host[:n-1]
	}
	return !bytes.EqualFold(host, c.sni)
}
