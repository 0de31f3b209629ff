package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"weir/cmd/internal/app/show"
)

// view writes what happens. Lines of the story stay; on a terminal a live block
// stands below them and is redrawn in place, elsewhere it is a plain line a
// second.
type view struct {
	out   io.Writer
	tty   bool
	drawn int       // lines of the live block on the screen
	plain time.Time // of the last plain line
}

// newView writes to out; the first write that fails is given to fail.
func newView(out io.Writer, fail context.CancelCauseFunc) *view {
	return &view{out: watched{out, fail}, tty: show.IsTerminal(out)}
}

// watched is an output whose reader may leave.
type watched struct {
	io.Writer
	fail context.CancelCauseFunc
}

func (w watched) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil {
		w.fail(fmt.Errorf("%w: %w", errUnseen, err))
	}
	return n, err
}

// say writes a line that stays.
func (v *view) say(format string, args ...any) {
	v.wipe()
	fmt.Fprintf(v.out, format+"\n", args...)
}

// wipe takes the live block off the screen.
func (v *view) wipe() {
	if v.drawn > 0 {
		fmt.Fprintf(v.out, "\x1b[%dA\x1b[J", v.drawn)
		v.drawn = 0
	}
}

// moment is what the live block shows.
type moment struct {
	at            time.Duration // since the start
	shares        map[string]float64
	requests      int // of the last second, as users saw them
	errors        int
	p99           time.Duration
	state, reason string // of the rollout; empty before it
}

// show draws the moment.
func (v *view) show(m moment) {
	if v.tty {
		v.wipe()
		lines := m.block()
		fmt.Fprint(v.out, strings.Join(lines, "\n")+"\n")
		v.drawn = len(lines)
		return
	}
	if now := time.Now(); now.Sub(v.plain) >= time.Second {
		v.plain = now
		fmt.Fprintln(v.out, m.line())
	}
}

func (m moment) line() string {
	return strings.TrimRight(fmt.Sprintf("%5.1f s  v1 %5.1f %%  v2 %5.1f %%  %4d requests/s  errors %.1f %%  p99 %s  %s",
		m.at.Seconds(), 100*m.shares[stable], 100*m.shares[candidate], m.requests, m.errorRate(), milliseconds(m.p99), m.state), " ")
}

const barWidth = 40 // characters of a share of 100 %

func (m moment) block() []string {
	lines := []string{fmt.Sprintf("  %.1f s", m.at.Seconds())}
	for _, version := range []string{stable, candidate} {
		full := int(m.shares[version]*barWidth + 0.5)
		if full == 0 && m.shares[version] > 0 {
			full = 1
		}
		lines = append(lines, fmt.Sprintf("  %s %s%s %5.1f %%", version,
			strings.Repeat("█", full), strings.Repeat("·", barWidth-full), 100*m.shares[version]))
	}
	lines = append(lines, fmt.Sprintf("  users: %d requests/s, errors %.1f %%, p99 %s", m.requests, m.errorRate(), milliseconds(m.p99)))
	if m.state != "" {
		lines = append(lines, clip("  "+show.Sentence(m.state, m.reason), 78))
	}
	return lines
}

func (m moment) errorRate() float64 {
	if m.requests == 0 {
		return 0
	}
	return 100 * float64(m.errors) / float64(m.requests)
}

// clip shortens a line so that a terminal does not break it, which would spoil
// the redrawing.
func clip(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
