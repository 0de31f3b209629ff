package http1

import (
	"fmt"
	"strings"
	"testing"

	"weir/proxy/internal/hostile"
)

// TestHostileHeads goes down the table of bad inputs: what a head alone decides.
// The data plane's tests go down the same table over sockets.
func TestHostileHeads(t *testing.T) {
	for _, row := range hostile.Requests() {
		in := []byte(row.In)
		n := HeadEnd(in, 0)
		if n < 0 {
			if row.Reason != "head_timeout" && row.Status != 0 {
				t.Errorf("row %d, %s: no end in %.80q", row.Row, row.Name, in)
			}
			continue
		}
		var r Request
		got := r.Parse(in[:n], DefaultLimits)
		if got == nil && r.HTTPS {
			continue // it depends on the connection, which proxy knows
		}
		if row.Reason == "" || row.InBody {
			if got != nil {
				t.Errorf("row %d, %s: refused (%+v), want it accepted", row.Row, row.Name, got)
			} else if !row.InBody && r.KeepAlive == row.Closes {
				t.Errorf("row %d, %s: keep-alive %v, want %v", row.Row, row.Name, r.KeepAlive, !row.Closes)
			}
			continue
		}
		want := Reject{Status: row.Status, Reason: row.Reason, Keep: !row.Closes}
		if got == nil || *got != want {
			t.Errorf("row %d, %s: %+v, want %+v", row.Row, row.Name, got, want)
		}
	}
}

// headOf cuts the head off as the connection loop does.
func headOf(t *testing.T, in string) []byte {
	t.Helper()
	n := HeadEnd([]byte(in), 0)
	if n < 0 {
		t.Fatalf("HeadEnd(%q) = -1, want an end", in)
	}
	return []byte(in[:n])
}

func get(fields ...string) string {
	return message("GET / HTTP/1.1", append([]string{"Host: a"}, fields...)...)
}

func post(fields ...string) string {
	return message("POST / HTTP/1.1", append([]string{"Host: a"}, fields...)...)
}

func line(l string) string { return message(l, "Host: a") }

func message(first string, fields ...string) string {
	var b strings.Builder
	for _, l := range append([]string{first}, fields...) {
		b.WriteString(l + "\r\n")
	}
	return b.String() + "\r\n"
}

func lines(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "X: y"
	}
	return all
}

// TestHostileHeadsInPieces: cut anywhere, a head is accepted or refused with the same
// words.
func TestHostileHeadsInPieces(t *testing.T) {
	var ins []string
	for _, row := range hostile.Requests() {
		ins = append(ins, row.In)
	}
	for _, row := range hostile.Answers() {
		ins = append(ins, row.In)
	}
	for _, in := range ins {
		want := verdict([]byte(in), len(in))
		for at := range min(len(in), 1000) {
			if got := verdict([]byte(in), at); got != want {
				t.Fatalf("%.200q cut behind %d bytes: %s, whole: %s", in, at, got, want)
			}
		}
	}
}

// verdict says what becomes of a head as request and as response, when its first
// bytes come alone.
func verdict(in []byte, first int) string {
	n := HeadEnd(in[:first], 0)
	if n < 0 {
		n = HeadEnd(in, first)
	}
	if n < 0 {
		return "more"
	}
	var r Request
	var a Response
	reject, err := r.Parse(in[:n], DefaultLimits), a.Parse(in[:n], false)
	if reject != nil {
		return fmt.Sprint(*reject, err)
	}
	return fmt.Sprint(r.Framing, r.Length, r.KeepAlive, err)
}
