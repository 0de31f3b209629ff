package sock

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"weir/proxy/internal/testcert"
)

// securePair returns both ends of a connection, the near one a Conn in the role.
func securePair(t *testing.T, server bool, version uint16) (*Conn, *tls.Conn) {
	t.Helper()
	ca := testcert.NewCA(t)
	serving := &tls.Config{
		Certificates: []tls.Certificate{ca.Issue(t, "weir.test").TLS(t)}, MinVersion: version, MaxVersion: version,
	}
	asking := &tls.Config{RootCAs: ca.Pool(), ServerName: "weir.test", MinVersion: version, MaxVersion: version}
	c, far := pair(t)
	var peer *tls.Conn
	if server {
		c.ServeTLS(serving)
		peer = tls.Client(far, asking)
	} else {
		c.StartTLS(asking)
		peer = tls.Server(far, serving)
	}
	failed := make(chan error, 1)
	go func() { failed <- peer.Handshake() }()
	if err := c.Handshake(Now()+5*time.Second, time.Second); err != nil {
		t.Fatalf("handshake: %v", err)
	}
	if err := <-failed; err != nil {
		t.Fatalf("handshake at the other end: %v", err)
	}
	return c, peer
}

var versions = map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}

// TestQuietOverTLS: tickets are no noise, content and an end are, wherever they
// lie: in the socket or already read from it.
func TestQuietOverTLS(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			c, peer := securePair(t, false, version) // with 1.3 the tickets lie unread now
			for range 3 {
				if !c.Quiet() {
					t.Fatal("not quiet after the handshake")
				}
			}
			peer.Write([]byte("answer"))
			var b [6]byte
			if _, err := c.ReadBy(b[:], Now()+5*time.Second, 5*time.Second); err != nil || string(b[:]) != "answer" {
				t.Fatalf("read %q, %v", b, err)
			}
			if !c.Quiet() {
				t.Fatal("not quiet after all was read")
			}
			peer.Write([]byte("nobody asked"))
			noisy(t, c)
		})
		t.Run(name+", read along", func(t *testing.T) {
			c, peer := securePair(t, false, version)
			peer.Write([]byte("answer and more"))
			var b [6]byte
			c.ReadBy(b[:], Now()+5*time.Second, 5*time.Second)
			if c.Quiet() {
				t.Error("quiet with content that was read from the socket already")
			}
		})
		t.Run(name+", closed", func(t *testing.T) {
			c, peer := securePair(t, false, version)
			peer.Close()
			noisy(t, c)
		})
	}
}

func noisy(t *testing.T, c *Conn) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if !c.Quiet() {
			return
		}
	}
	t.Fatal("stays quiet")
}

// TestDeadlinesOverTLS: a read that met its deadline, or was interrupted, can be
// repeated; one byte of a record may have come by then.
func TestDeadlinesOverTLS(t *testing.T) {
	c, peer := securePair(t, true, tls.VersionTLS13)
	var b [5]byte
	if _, err := c.ReadBy(b[:], Now()+20*time.Millisecond, 20*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%v, want the deadline", err)
	}
	go func() {
		time.Sleep(5 * time.Millisecond)
		c.Interrupt()
	}()
	if _, err := c.ReadBy(b[:], Now()+time.Hour, time.Hour); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("%v, want the interrupt", err)
	}
	c.Resume()
	peer.Write([]byte("hello"))
	if n, err := c.ReadBy(b[:], Now()+5*time.Second, 5*time.Second); err != nil || string(b[:n]) != "hello" {
		t.Errorf("read %q, %v after that", b[:n], err)
	}
}

// lent counts how long a buffer is out.
type lent struct {
	buf [64]byte
	out bool
}

func (l *lent) Lend() []byte { l.out = true; return l.buf[:] }
func (l *lent) Withdraw()    { l.out = false }

func TestReadIdleOverTLS(t *testing.T) {
	for _, text := range []string{"x", "hello"} {
		c, peer := securePair(t, true, tls.VersionTLS13)
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(10 * time.Millisecond)
			peer.Write([]byte(text))
		})
		l := &lent{}
		n, err := c.ReadIdle(l, Now()+5*time.Second, 5*time.Second)
		if err != nil || string(l.buf[:n]) != text || !l.out {
			t.Errorf("read %q, %v, want %q", l.buf[:n], err, text)
		}
		wg.Wait() // a close beside a write says no goodbye
		peer.Close()
		if _, err := c.ReadIdle(l, Now()+5*time.Second, 5*time.Second); !errors.Is(err, io.EOF) || l.out {
			t.Errorf("%v after the end, want EOF and the buffer back (it is out: %v)", err, l.out)
		}
		if c.Torn() {
			t.Error("torn after a goodbye")
		}
	}
}

// TestSlowReaderOverTLS: a write goes on as long as any byte is taken, although
// TLS itself could not go on after a deadline.
func TestSlowReaderOverTLS(t *testing.T) {
	const patience = 1500 * time.Millisecond // a reader that a busy machine holds up is within it
	c, peer := securePair(t, true, tls.VersionTLS13)
	data := make([]byte, 8<<20)
	rand.Read(data)
	peer.SetReadDeadline(time.Now().Add(20 * time.Second))
	var got bytes.Buffer
	var wg sync.WaitGroup
	wg.Go(func() {
		for got.Len() < len(data) {
			if got.Len() < 1<<20 {
				time.Sleep(patience / 12) // 16 times, which is over it
			}
			if _, err := io.CopyN(&got, peer, 64<<10); err != nil {
				return
			}
		}
	})
	if n, err := c.WriteAll(data, Now(), patience); n != len(data) || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	wg.Wait()
	if sha256.Sum256(got.Bytes()) != sha256.Sum256(data) {
		t.Error("the other end got something else")
	}
	begin := time.Now()
	_, err := c.WriteAll(data, Now(), patience) // nobody reads
	if took := time.Since(begin); !errors.Is(err, os.ErrDeadlineExceeded) || took < patience || took > 20*patience {
		t.Errorf("nobody reads: %v after %v, want the deadline at %v without progress", err, took, patience)
	}
	begin = time.Now()
	c.Close()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("the close took %v: a goodbye has waited", took)
	}
}

func TestGoodbyeOrNone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		close func(*Conn)
		torn  bool
	}{
		{"Close", func(c *Conn) { c.Close() }, false},
		{"Sever", func(c *Conn) { c.Sever() }, true},
		{"CloseWrite", func(c *Conn) { c.Conn.(interface{ CloseWrite() error }).CloseWrite() }, false},
		{"end of the socket", func(c *Conn) { c.Socket().(interface{ CloseWrite() error }).CloseWrite() }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			near, far := pair(t)
			ca := testcert.NewCA(t)
			near.ServeTLS(&tls.Config{Certificates: []tls.Certificate{ca.Issue(t, "weir.test").TLS(t)}})
			peer := &Conn{}
			peer.Reset(far)
			peer.StartTLS(&tls.Config{RootCAs: ca.Pool(), ServerName: "weir.test"})
			var wg sync.WaitGroup
			wg.Go(func() { near.Handshake(Now()+5*time.Second, time.Second) })
			if err := peer.Handshake(Now()+5*time.Second, time.Second); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			tt.close(near)
			_, err := peer.ReadBy(make([]byte, 1), Now()+5*time.Second, 5*time.Second)
			if !errors.Is(err, io.EOF) || peer.Torn() != tt.torn {
				t.Errorf("%v, torn: %v; want EOF, torn: %v", err, peer.Torn(), tt.torn)
			}
		})
	}
}

// TestHandshakeIsBounded: by its time, and after an interrupt by the grace.
func TestHandshakeIsBounded(t *testing.T) {
	c, _ := pair(t)
	c.ServeTLS(&tls.Config{})
	begin := time.Now()
	if err := c.Handshake(Now()+50*time.Millisecond, time.Second); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a silent client: %v, want the deadline", err)
	}
	if took := time.Since(begin); took < 50*time.Millisecond || took > 5*time.Second {
		t.Errorf("it took %v, want 50 ms", took)
	}
	c, _ = pair(t)
	c.ServeTLS(&tls.Config{})
	go func() {
		time.Sleep(5 * time.Millisecond)
		c.Interrupt()
	}()
	begin = time.Now()
	if err := c.Handshake(Now()+time.Hour, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an interrupt: %v, want the deadline", err)
	}
	if took := time.Since(begin); took < 50*time.Millisecond || took > 5*time.Second {
		t.Errorf("it took %v, want the grace of 50 ms", took)
	}
}

func TestInterruptedHandshakeGoesOn(t *testing.T) {
	ca := testcert.NewCA(t)
	c, far := pair(t)
	c.ServeTLS(&tls.Config{Certificates: []tls.Certificate{ca.Issue(t, "weir.test").TLS(t)}})
	c.Interrupt()
	failed := make(chan error, 1)
	go func() {
		failed <- tls.Client(far, &tls.Config{RootCAs: ca.Pool(), ServerName: "weir.test"}).Handshake()
	}()
	if err := c.Handshake(Now()+5*time.Second, 5*time.Second); err != nil {
		t.Errorf("handshake: %v", err)
	}
	if err := <-failed; err != nil {
		t.Errorf("handshake at the other end: %v", err)
	}
}
