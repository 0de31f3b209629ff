package main

import (
	"fmt"

	"weir/proxy/admin/api"
)

// mirrorLine sums up what copies have shown.
func mirrorLine(m *api.Mirror) string {
	line := fmt.Sprintf("%d of %d answers differ", m.Mismatches, m.Compared)
	if m.Compared > 0 {
		line += fmt.Sprintf(" (%s%%, from %s%% to %s%%)", number(100*m.Rate, 3), number(100*m.Low, 3), number(100*m.High, 3))
	}
	line += fmt.Sprintf("; the candidate alone failed %d, stable alone %d", m.CandidateFailed, m.StableFailed)
	if m.Unclear > 0 {
		line += fmt.Sprintf("; %d that stable itself does not answer alike twice", m.Unclear)
	}
	if m.Dropped > 0 {
		line += fmt.Sprintf("; %d copies dropped", m.Dropped)
	}
	return line
}
