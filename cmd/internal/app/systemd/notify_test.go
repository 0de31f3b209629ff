package systemd

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// listen is where the manager of this test hears.
func listen(t *testing.T) (heard func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		b := make([]byte, 4096)
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestManagerHearsAllOfALife(t *testing.T) {
	heard := listen(t)
	var m Manager
	early := m.Reloading()
	m.Ready("serving\nand more")
	early(nil) // began before: its end says nothing
	m.Reloading()(nil)
	m.Reloading()(errors.New("weir.yaml:1:2: bad" + strings.Repeat("ä", 300)))
	late := m.Reloading()
	m.Stopping("draining", 0)
	late(nil)
	m.Reloading()(nil)
	m.Stopping("draining", 3*time.Second)
	tell("the end")
	for _, want := range []string{
		"READY=1\nSTATUS=serving",
		`RELOADING=1\nMONOTONIC_USEC=\d+`, "READY=1\nSTATUS=serving",
		`RELOADING=1\nMONOTONIC_USEC=\d+`, "READY=1\nSTATUS=serving as before, the latest reload was refused: weir.yaml:1:2: badä+…",
		`RELOADING=1\nMONOTONIC_USEC=\d+`, "STOPPING=1\nSTATUS=draining",
		"STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=3000000",
		"the end",
	} {
		if got := heard(); !regexp.MustCompile(`\A` + want + `\z`).MatchString(got) {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	var m Manager
	m.Ready("")
	m.Reloading()(nil)
	m.Stopping("", 0)
}

func TestWatchdog(t *testing.T) {
	heard := listen(t)
	t.Setenv("WATCHDOG_USEC", "20000")
	every, err := Watchdog()
	if err != nil || every != 20*time.Millisecond {
		t.Fatalf("Watchdog() = %v, %v, want 20ms", every, err)
	}
	if again, err := Watchdog(); again != 0 || err != nil {
		t.Errorf("Watchdog() once more = %v, %v: children would be asked, too", again, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); Beat(ctx, every) }()
	for range 3 {
		if got := heard(); got != "WATCHDOG=1" {
			t.Errorf("heard %q, want WATCHDOG=1", got)
		}
	}
	cancel()
	<-over
	t.Setenv("WATCHDOG_USEC", "soon")
	if _, err := Watchdog(); err == nil {
		t.Error("WATCHDOG_USEC=soon is understood")
	}
}
