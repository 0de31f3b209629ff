package proxy

import "weir/proxy/internal/http1"

// flagLines are the lines that tell an upstream what flags have decided, the same for
// all attempts. They hold until the request is over.
func (x *exchange) flagLines(edits *http1.Edits) []byte {
	g := x.flags
	if g == nil || g.written {
		return g.writtenLines()
	}
	g.written, g.lines = true, g.lines[:0]
	for _, p := range g.of.headers {
		if name := g.name(p.at); name != "" {
			g.lines = append(append(append(g.lines, p.begin...), name...), "\r\n"...)
		}
	}
	if len(g.of.baggage) > 0 {
		count := 0
		g.own = g.own[:0]
		for _, p := range g.of.baggage {
			if name := g.name(p.at); name != "" {
				if count > 0 {
					g.own = append(g.own, ',')
				}
				g.own = http1.AppendBaggageValue(append(g.own, p.begin...), name)
				count++
			}
		}
		g.lines = http1.AppendBaggage(g.lines, &x.req, edits.TakesBaggage(), g.own, count)
	}
	return g.lines
}

func (g *flagging) writtenLines() []byte {
	if g == nil {
		return nil
	}
	return g.lines
}

// name is the variant that the flag at a place says; "": none.
func (g *flagging) name(at int) string {
	if v := g.variant(at); v >= 0 {
		return g.of.set.Flags()[at].Variants()[v].Name()
	}
	return ""
}
