//go:build soak && !race

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
)

// visitor is one user with one connection, who does something else each time.
type visitor struct {
	s   *soak
	rng *rand.Rand
	nc  net.Conn
	br  *bufio.Reader
}

func newVisitor(s *soak, seed int) *visitor {
	return &visitor{s: s, rng: rand.New(rand.NewPCG(uint64(seed), 0))}
}

// visit is one step.
func (v *visitor) visit() {
	begin := time.Now()
	var what string
	var err error
	mayBeCut := false
	switch n := v.rng.IntN(100); {
	case n < 50:
		what, err = "small GET", v.get("/length", v.rng.IntN(500))
	case n < 55:
		what, err = "slow GET", v.expect("GET", "/slow", "", nil, []byte("slow"))
	case n < 62:
		what, mayBeCut, err = "large GET", true, v.get("/length", v.rng.IntN(len(stuff)))
	case n < 69:
		what, mayBeCut, err = "chunked GET", true, v.get("/chunked", v.rng.IntN(len(stuff)/4))
	case n < 80:
		what, mayBeCut, err = "POST", true, v.post(v.rng.IntN(v.rng.IntN(300_000)+1), false)
	case n < 88:
		what, mayBeCut, err = "chunked POST", true, v.post(v.rng.IntN(v.rng.IntN(300_000)+1), true)
	default:
		what = v.misbehave()
	}
	switch {
	case err == nil:
		v.s.tally.count(what, "done")
	case mayBeCut && v.s.died(begin, time.Now()):
		v.s.tally.count(what, "cut by a death")
	default:
		v.s.tally.found("%s from %s to %s: %v; %s", what, begin.Format("05.000"), time.Now().Format("05.000"), err, v.s.endpoints())
	}
	if err != nil {
		v.hangUp()
	}
	time.Sleep(time.Duration(v.rng.IntN(20)) * time.Millisecond)
}

func (v *visitor) hangUp() {
	if v.nc != nil {
		v.nc.Close()
		v.nc = nil
	}
}

func (v *visitor) dial() error {
	if v.nc != nil {
		return nil
	}
	nc, err := net.DialTimeout("tcp", v.s.w.web, patience)
	if err != nil {
		return err
	}
	v.nc, v.br = nc, bufio.NewReader(nc)
	return nil
}

func (v *visitor) get(path string, n int) error {
	return v.expect("GET", fmt.Sprintf("%s?n=%d", path, n), "", nil, stuff[:n])
}

func (v *visitor) post(n int, chunked bool) error {
	body := stuff[:n]
	if !chunked {
		return v.expect("POST", "/echo", fmt.Sprintf("Content-Length: %d\r\n", n), body, body)
	}
	var framed bytes.Buffer
	for rest := body; len(rest) > 0; {
		k := min(len(rest), 1+v.rng.IntN(40_000))
		fmt.Fprintf(&framed, "%x\r\n%s\r\n", k, rest[:k])
		rest = rest[k:]
	}
	framed.WriteString("0\r\n\r\n")
	return v.expect("POST", "/echo", "Transfer-Encoding: chunked\r\n", framed.Bytes(), body)
}

// expect sends a request and wants a 200 with the body.
func (v *visitor) expect(method, target, fields string, body, want []byte) error {
	resp, got, err := v.ask(method, target, fields, body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%d %s", resp.StatusCode, resp.Header.Get("X-Weir-Reason"))
	case !bytes.Equal(got, want):
		return fmt.Errorf("%d bytes, want %d, or others", len(got), len(want))
	}
	return nil
}

func (v *visitor) ask(method, target, fields string, body []byte) (*http.Response, []byte, error) {
	if err := v.dial(); err != nil {
		return nil, nil, err
	}
	if err := v.nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, nil, err
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: soak\r\n%s\r\n", method, target, fields)
	// The answer may come before the body has gone: then only it tells why.
	wrote := make(chan error, 1)
	nc := v.nc
	go func() {
		_, err := nc.Write(append([]byte(head), body...))
		wrote <- err
	}()
	resp, err := http.ReadResponse(v.br, &http.Request{Method: method})
	if err != nil {
		v.hangUp()
		return nil, nil, fmt.Errorf("no answer: %w (write: %w)", err, <-wrote)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.Close {
		v.hangUp()
	}
	<-wrote
	return resp, got, err
}

// misbehave does what nobody can hold against the server.
func (v *visitor) misbehave() (what string) {
	v.hangUp()
	if v.dial() != nil || v.nc.SetDeadline(time.Now().Add(patience/10)) != nil {
		return "no connection"
	}
	say := func(text string) { _, _ = io.WriteString(v.nc, text) }
	switch v.rng.IntN(6) {
	case 0:
		what = "left before the answer"
		say("GET /slow HTTP/1.1\r\nHost: soak\r\n\r\n")
	case 1:
		what = "left in an upload"
		say("POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 30_000))
	case 2:
		what = "left in a chunked upload"
		say("POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n7530\r\n" + strings.Repeat("x", 30_000))
	case 3:
		what = "left in a download"
		say(fmt.Sprintf("GET /length?n=%d HTTP/1.1\r\nHost: soak\r\n\r\n", len(stuff)))
		_, _ = io.CopyN(io.Discard, v.nc, 50_000)
	case 4:
		what = "reset in a download"
		say(fmt.Sprintf("GET /chunked?n=%d HTTP/1.1\r\nHost: soak\r\n\r\n", len(stuff)))
		_, _ = io.CopyN(io.Discard, v.nc, 50_000)
		_ = v.nc.(*net.TCPConn).SetLinger(0)
	case 5:
		what = "no HTTP"
		say("\x16\x03\x01 hello\r\n\r\n")
	}
	time.Sleep(time.Duration(v.rng.IntN(30)) * time.Millisecond)
	v.hangUp()
	return what
}

// tunnel is one step: an upgraded connection that is used for a while.
func (v *visitor) tunnel() {
	begin := time.Now()
	switch err := v.echo(); {
	case err == nil:
		v.s.tally.count("tunnel", "done")
	case v.s.died(begin, time.Now()):
		v.s.tally.count("tunnel", "cut by a death")
	default:
		v.s.tally.found("tunnel from %s to %s: %v", begin.Format("05.000"), time.Now().Format("05.000"), err)
	}
	v.hangUp()
}

func (v *visitor) echo() error {
	if err := v.dial(); err != nil {
		return err
	}
	if err := v.nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	first := []byte("sent right behind the request")
	if _, err := fmt.Fprintf(v.nc, "GET /tunnel HTTP/1.1\r\nHost: soak\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n%s", first); err != nil {
		return err
	}
	resp, err := http.ReadResponse(v.br, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("%d %s, want 101", resp.StatusCode, resp.Header.Get("X-Weir-Reason"))
	}
	if err := v.echoed(first); err != nil {
		return err
	}
	for range 20 {
		if v.s.resting() {
			break
		}
		message := stuff[:v.rng.IntN(50_000)]
		if _, err := v.nc.Write(message); err != nil {
			return err
		}
		if err := v.echoed(message); err != nil {
			return err
		}
		time.Sleep(time.Duration(v.rng.IntN(100)) * time.Millisecond)
	}
	if err := v.nc.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	if rest, err := io.ReadAll(v.br); err != nil || len(rest) > 0 {
		return fmt.Errorf("%d bytes and %w behind the half-close, want the end", len(rest), err)
	}
	return nil
}

func (v *visitor) echoed(want []byte) error {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(v.br, got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%d bytes came back as others", len(want))
	}
	return nil
}
