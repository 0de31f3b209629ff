package sock

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func pair(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	near, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	c := &Conn{}
	c.Reset(near)
	return c, far
}

// TestReadDeadlineIsNeverEarly: the socket's deadline may be an old one, the
// caller's is kept all the same.
func TestReadDeadlineIsNeverEarly(t *testing.T) {
	c, _ := pair(t)
	const patience = 80 * time.Millisecond
	var b [1]byte
	for i := range 5 {
		by := Now() + patience
		_, err := c.ReadBy(b[:], by, patience)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("read %d: %v, want the deadline", i, err)
		}
		if early := by - Now(); early > 0 {
			t.Errorf("read %d ended %v early", i, early)
		}
	}
}

// TestWhatIsThereCountsAfterTheDeadline: a reader that came too late itself takes
// what came in time, and only then is told of the deadline.
func TestWhatIsThereCountsAfterTheDeadline(t *testing.T) {
	c, far := pair(t)
	l := &lender{}
	for how, read := range map[string]func(by time.Duration) (int, error){
		"":     func(by time.Duration) (int, error) { return c.ReadBy(l.buf[:], by, time.Second) },
		"idle": func(by time.Duration) (int, error) { return c.ReadIdle(l, by, time.Second) },
	} {
		far.Write([]byte("hello"))
		for c.Quiet() {
			time.Sleep(time.Millisecond)
		}
		if n, err := read(Now() - time.Minute); err != nil || string(l.buf[:n]) != "hello" {
			t.Errorf("%s: %d bytes, %v, want hello", how, n, err)
		}
		if n, err := read(Now() - time.Minute); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %d bytes, %v, want the deadline", how, n, err)
		}
	}
	if l.lent.Load() {
		t.Error("a buffer is on loan while nothing has come")
	}
	far.Write([]byte("hello"))
	for c.Quiet() {
		time.Sleep(time.Millisecond)
	}
	if n, err := c.ReadBy(l.buf[:2], Now()-time.Minute, time.Second); n != 2 || err != nil || c.Drained() {
		t.Errorf("%d bytes, %v, drained %v, want 2 and more behind them", n, err, c.Drained())
	}
}

// TestWhatIsTakenCountsAfterTheDeadline: a writer that came too late itself is told of
// the deadline only if the socket has no room.
func TestWhatIsTakenCountsAfterTheDeadline(t *testing.T) {
	c, far := pair(t)
	if n, err := c.WriteAll([]byte("hello"), Now()-time.Minute, time.Second); n != 5 || err != nil {
		t.Fatalf("%d, %v, want all 5 bytes taken", n, err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v, want hello", got, err)
	}
}

func TestShorterPatienceAfterLonger(t *testing.T) {
	c, _ := pair(t)
	var b [1]byte
	go func() {
		time.Sleep(5 * time.Millisecond)
		c.Interrupt()
	}()
	if _, err := c.ReadBy(b[:], Now()+time.Hour, time.Hour); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("%v, want the interrupt", err)
	}
	c.Resume()
	begin := time.Now()
	if _, err := c.ReadBy(b[:], Now()+30*time.Millisecond, 30*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%v, want the deadline", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("took %v, want 30 ms", d)
	}
}

func TestDeadlineMovesWithoutTouchingTheSocket(t *testing.T) {
	c, far := pair(t)
	far.Write(make([]byte, 100))
	var b [1]byte
	now := Now()
	for i := range 100 {
		if _, err := c.ReadBy(b[:], now+time.Minute+time.Duration(i)*time.Millisecond, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if c.readAt != now+time.Minute {
		t.Errorf("socket deadline at %v, want the first one %v kept", c.readAt, now+time.Minute)
	}
}

func TestInterruptBeforeARead(t *testing.T) {
	c, far := pair(t)
	c.Interrupt()
	far.Write([]byte("x"))
	var b [1]byte
	if _, err := c.ReadBy(b[:], Now()+time.Minute, time.Minute); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("%v, want the interrupt to hold", err)
	}
	c.Resume()
	if n, err := c.ReadBy(b[:], Now()+time.Minute, time.Minute); n != 1 || err != nil {
		t.Errorf("%d, %v, want the byte after Resume", n, err)
	}
}

func TestWritePatienceStartsAnewWithProgress(t *testing.T) {
	c, far := pair(t)
	const size = 12 << 20 // more than the sockets hold
	go func() {
		buf := make([]byte, 1<<20)
		for n := 0; n < size; {
			time.Sleep(30 * time.Millisecond)
			m, err := far.Read(buf)
			if err != nil {
				return
			}
			n += m
		}
	}()
	if n, err := c.WriteAll(make([]byte, size), Now(), 150*time.Millisecond); n != size || err != nil {
		t.Errorf("%d, %v, want all %d written while somebody reads", n, err, size)
	}
}

func TestWriteGivesUpWithoutProgress(t *testing.T) {
	c, _ := pair(t)
	n, err := c.WriteAll(make([]byte, 32<<20), Now(), 50*time.Millisecond)
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 {
		t.Errorf("%d, %v, want the deadline after what the sockets hold", n, err)
	}
}

func TestQuiet(t *testing.T) {
	for name, disturb := range map[string]func(far net.Conn){
		"bytes": func(far net.Conn) { far.Write([]byte("x")) },
		"end":   func(far net.Conn) { far.Close() },
		"reset": func(far net.Conn) { far.(*net.TCPConn).SetLinger(0); far.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			c, far := pair(t)
			if !c.Quiet() {
				t.Fatal("not quiet, want it: nothing has come")
			}
			disturb(far)
			for end := Now() + 5*time.Second; c.Quiet(); time.Sleep(time.Millisecond) {
				if Now() > end {
					t.Fatal("quiet, want the disturbance seen")
				}
			}
			if n := testing.AllocsPerRun(100, func() { c.Quiet() }); n != 0 {
				t.Errorf("%v allocations per look, want 0", n)
			}
		})
	}
	t.Run("closed here", func(t *testing.T) {
		c, _ := pair(t)
		c.Quiet()
		c.Close()
		if c.Quiet() {
			t.Error("quiet, want the close seen")
		}
	})
	t.Run("no socket", func(t *testing.T) {
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		c := &Conn{}
		c.Reset(near)
		if !c.Quiet() {
			t.Error("not quiet, want the benefit of the doubt")
		}
	})
}

func TestInterruptWrite(t *testing.T) {
	c, _ := pair(t)
	go func() {
		time.Sleep(10 * time.Millisecond)
		c.InterruptWrite()
	}()
	if _, err := c.WriteAll(make([]byte, 32<<20), Now(), time.Minute); !errors.Is(err, ErrInterrupted) {
		t.Errorf("%v, want the interrupt", err)
	}
}

// BenchmarkQuiet is what a look into an idle connection costs.
func BenchmarkQuiet(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	c := &Conn{}
	c.Reset(nc)
	for b.Loop() {
		c.Quiet()
	}
}
