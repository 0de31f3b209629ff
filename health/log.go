package health

import (
	"time"

	"github.com/rs/zerolog"
)

// Keys of log lines.
const (
	keyUpstream = "upstream"
	keyVersion  = "version"
	keyEndpoint = "endpoint"
	keyFrom     = "from"
	keyTo       = "to"
	keyCause    = "cause"
)

// flip applies one change of a target's word. If that is a change, it tells the
// control plane and logs a line with both sides of it.
func (l *loop) flip(w *watch, set func() bool, cause string) {
	from := w.Live.Health()
	if !set() {
		return
	}
	l.report(w, from, w.Live.Health(), cause)
	if l.changed != nil { // who is told finds the cause
		l.changed(w.Upstream)
	}
}

// report notes and logs a change of a target's health.
func (l *loop) report(w *watch, from, to, cause string) {
	w.turned(to, cause, time.Now())
	level := zerolog.WarnLevel
	if to == "up" || to == "slow_start" {
		level = zerolog.InfoLevel
	}
	l.log.WithLevel(level).Str(keyUpstream, w.Upstream).Str(keyVersion, w.Version).Str(keyEndpoint, w.Address).
		Str(keyFrom, from).Str(keyTo, to).Str(keyCause, cause).Msg("endpoint health")
}
