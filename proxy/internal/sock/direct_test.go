package sock

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// TestDirectWaitsForRoom: a write larger than the socket takes at once goes out
// whole, and reads get the same bytes.
func TestDirectWaitsForRoom(t *testing.T) {
	c, far := pair(t)
	sent := make([]byte, 16<<20)
	rand.Read(sent)
	go func() {
		if n, err := c.WriteAll(sent, Now(), time.Minute); n != len(sent) || err != nil {
			t.Errorf("WriteAll = %d, %v, want all", n, err)
		}
		far.Write(sent)
	}()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("read %v, equal %v", err, bytes.Equal(got, sent))
	}
	clear(got)
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("read back %v, equal %v", err, bytes.Equal(got, sent))
	}
}

// TestDirectTellsWhatWasTaken: a write that its deadline ends says how far it came.
func TestDirectTellsWhatWasTaken(t *testing.T) {
	c, far := pair(t)
	n, err := c.WriteAll(make([]byte, 64<<20), Now(), 50*time.Millisecond)
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 64<<20 {
		t.Fatalf("WriteAll = %d, %v, want the deadline and a part", n, err)
	}
	c.Close()
	if got, err := io.Copy(io.Discard, far); got != int64(n) || err != nil {
		t.Errorf("%d bytes came, %v, want %d", got, err, n)
	}
}

func TestDirectErrors(t *testing.T) {
	c, far := pair(t)
	far.Close()
	var b [1]byte
	if n, err := c.ReadBy(b[:], Now()+time.Minute, time.Minute); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read of a closed end = %d, %v, want io.EOF", n, err)
	}
	if n, err := c.Write(nil); n != 0 || err != nil {
		t.Errorf("write of nothing = %d, %v", n, err)
	}
	for end := Now() + 5*time.Second; ; time.Sleep(time.Millisecond) {
		_, err := c.WriteAll(b[:], Now(), time.Minute)
		if brokenOff := err != nil && !errors.Is(err, os.ErrDeadlineExceeded); brokenOff {
			break
		}
		if Now() > end {
			t.Fatal("writes to a closed end go on without an error")
		}
	}
}
