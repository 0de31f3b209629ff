package config

import "time"

// History says how many revisions are kept of each upstream and flag. The present one is, the
// way back from it, and those of the rollout that runs, whatever it says.
type History struct {
	Keep   int           // 1..1000. Default 100
	MaxAge time.Duration // older ones go; 0, the default, is no bound
}

func defaultHistory() History { return History{Keep: 100} }

func (h *History) read(v value) {
	v.object(fields{
		"keep":    may(integer(&h.Keep, 1, 1000)),
		"max_age": may(duration(&h.MaxAge, 0)),
	})
}

func (h *History) document() map[string]any {
	return map[string]any{"keep": h.Keep, "max_age": h.MaxAge.String()}
}
