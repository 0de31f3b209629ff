package top

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"weir/proxy/admin/api"
)

// shades tell versions apart without colour; more versions begin anew.
var shades = []struct {
	fill  string
	style lipgloss.Style
}{
	{"█", lipgloss.NewStyle().Foreground(lipgloss.Blue)},
	{"▒", lipgloss.NewStyle().Foreground(lipgloss.Yellow)},
	{"▓", lipgloss.NewStyle().Foreground(lipgloss.Magenta)},
	{"░", lipgloss.NewStyle().Foreground(lipgloss.Cyan)},
}

// shareBar is the split as a bar of so many letters, and in numbers behind it.
func shareBar(u *api.Upstream, width int) string {
	var bar, words strings.Builder
	done, sum := 0, 0.0
	for i, v := range u.Versions {
		share := u.Split[v.Name].Share
		if share == 0 && v.Name != u.Stable && len(u.Versions) > 2 {
			continue // of many versions only those that matter
		}
		sum += share
		s := shades[i%len(shades)]
		n := int(math.Round(sum*float64(width))) - done
		bar.WriteString(s.style.Render(strings.Repeat(s.fill, n)))
		done += n
		fmt.Fprintf(&words, " %s %s %s", s.style.Render(s.fill), plain(v.Name), percent(share))
	}
	return bar.String() + strings.Repeat(" ", max(0, width-done)) + words.String()
}

// meter is how much of a whole there is, 0 to 1.
func meter(part float64, width int) string {
	part = max(0, min(1, part))
	n := int(math.Round(part * float64(width)))
	style := good
	switch {
	case part >= 0.75:
		style = bad
	case part >= 0.4:
		style = warn
	}
	return "[" + style.Render(strings.Repeat("#", n)) + strings.Repeat("-", width-n) + "]"
}

// heights are the letters of a sparkline, the lowest first.
var heights = []rune("▁▂▃▄▅▆▇█")

// sparkline is the error rate of each of the last seconds, as high as the worst of them,
// which is most. A second without requests is a gap.
func sparkline(requests, errors api.Line, width int) (line string, most float64) {
	n := min(len(requests), len(errors))
	from := max(0, n-width)
	rates := make([]float64, 0, width)
	for i := from; i < n; i++ {
		rate := float64(errors[i]) / float64(requests[i])
		if !(requests[i] > 0) || math.IsNaN(rate) {
			rate = -1
		}
		rates = append(rates, rate)
		most = max(most, rate)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", width-len(rates)))
	for _, rate := range rates {
		switch {
		case rate < 0:
			b.WriteByte(' ')
		case rate == 0:
			b.WriteRune(heights[0])
		default: // above nothing, however little it is
			b.WriteRune(heights[1+int(rate/most*float64(len(heights)-2))])
		}
	}
	return b.String(), most
}

// steps is a mark for each step of a rollout; too many are left to the words.
func steps(r *api.Rollout) string {
	if r.Steps == 0 || r.Steps > 20 {
		return ""
	}
	at := max(0, min(r.Step, r.Steps))
	return strings.Repeat("■", at) + strings.Repeat("□", r.Steps-at) + " "
}
