//go:build !race

// One goroutine: the race detector makes these ten times as slow and finds nothing.

package balancer

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"pgregory.net/rapid"
)

// model is what an algorithm may do with a group, written to be obvious: it looks at
// everything, each time.
type model struct {
	g   *Group
	ask *Ask
}

// candidates are the endpoints that may be taken, and those of them that have room:
// of the primaries, or of the backups where no primary has room.
func (m *model) candidates() (may, free []int) {
	for _, backup := range []bool{false, true} {
		for i, e := range m.g.Endpoints() {
			if e.Backup != backup || !e.Live.Usable() || m.ask.Tried.Has(e.Live) {
				continue
			}
			may = append(may, i)
			if e.MaxConns == 0 || e.Live.Inflight() < int64(e.MaxConns) {
				free = append(free, i)
			}
		}
		if len(free) > 0 {
			break
		}
	}
	return may, free
}

// bound is the endpoint that the request is bound to, -1 where there is none or it
// cannot be had. One that drains can; a backup only while no primary can.
func (m *model) bound(free []int) int {
	for i, e := range m.g.Endpoints() {
		l := e.Live
		switch {
		case len(m.ask.Route) == 0 || e.Route != string(m.ask.Route):
		case l.Admin() == Down || l.Check() != CheckUp || l.Ejected() || m.ask.Tried.Has(l):
		case e.MaxConns > 0 && l.Inflight() >= int64(e.MaxConns):
		case e.Backup && len(free) > 0 && !m.g.Endpoints()[free[0]].Backup:
		default:
			return i
		}
	}
	return -1
}

// warming reports whether an endpoint may have no luck because of its slow start.
func (m *model) warming() bool {
	return slices.ContainsFunc(m.g.Endpoints(), func(e Endpoint) bool { return e.Live.word.Load()&shareMask != 0 })
}

// check says what is wrong with a pick, "" when nothing is.
func (m *model) check(got int) string {
	may, free := m.candidates()
	bound := m.bound(free)
	switch {
	case bound >= 0 && got != bound:
		return fmt.Sprintf("want %d, to which the request is bound", bound)
	case bound >= 0:
		return ""
	case len(may) == 0 && got != -1:
		return "want -1: nothing may be picked"
	case len(may) > 0 && len(free) == 0 && got != Full:
		return "want Full: nothing has room"
	case len(free) > 0 && !slices.Contains(free, got):
		return fmt.Sprintf("want one of %v", free)
	case len(free) == 0 || m.warming():
		return ""
	}
	want := free
	switch m.g.balance.Algorithm {
	case First:
		want = free[:1]
	case LeastConn, LeastTime:
		want = m.least(free)
	case Hash, IPHash, Maglev:
		if m.g.balance.BoundedLoad > 0 {
			want = m.unloaded(free)
			break
		}
		if i := m.home(free); i >= 0 {
			want = []int{i}
		}
	}
	if !slices.Contains(want, got) {
		return fmt.Sprintf("want one of %v of those that fit, %v", want, free)
	}
	return ""
}

// least are those of the candidates with the least of the measure.
func (m *model) least(of []int) (best []int) {
	cost := func(i int) float64 {
		e := m.g.Endpoints()[i]
		conns := float64(e.Live.Inflight())
		if m.g.balance.Algorithm == LeastConn {
			return conns / float64(e.Weight)
		}
		ms, at := e.Live.pace.load()
		if a := age(at, m.ask.Now); a > 10_000 {
			ms /= math.Pow(2, math.Floor(a/10_000))
		}
		if m.g.balance.Inflight {
			ms = max(ms, e.Live.waits.mean(m.ask.Now))
		}
		class := 5000.0
		if ms <= 5000 {
			class = 20 + 20*math.Floor(math.Floor(ms)/20)
		}
		return class * (1 + conns) / float64(e.Weight)
	}
	lowest := math.Inf(1)
	for _, i := range of {
		lowest = min(lowest, cost(i))
	}
	for _, i := range of {
		if cost(i) == lowest {
			best = append(best, i)
		}
	}
	return best
}

// unloaded are those of the candidates that are below the bound of their load, all
// when none is.
func (m *model) unloaded(of []int) (below []int) {
	total, weights := int64(0), 0
	for _, e := range m.g.Endpoints() {
		total += e.Live.Inflight()
		if e.Live.Usable() && e.Backup == m.g.Endpoints()[of[0]].Backup {
			weights += e.Weight
		}
	}
	for _, i := range of {
		e := m.g.Endpoints()[i]
		most := m.g.balance.BoundedLoad * float64(total+1) * float64(e.Weight) / float64(weights)
		if float64(e.Live.Inflight()+1) <= math.Ceil(most-1e-9) {
			below = append(below, i)
		}
	}
	if len(below) == 0 {
		return of
	}
	return below
}

// home is where the key belongs among the candidates, -1 when round robin decides.
func (m *model) home(of []int) int {
	key := m.ask.Key
	eps := m.g.Endpoints()
	if len(key) == 0 || eps[of[0]].Backup {
		return -1
	}
	var primaries []int
	total := 0
	for i, e := range eps {
		if !e.Backup {
			primaries = append(primaries, i)
			total += e.Weight
		}
	}
	walk := func(w int) int {
		for _, i := range primaries {
			if w -= eps[i].Weight; w < 0 {
				return i
			}
		}
		panic("beyond the total")
	}
	b := m.g.balance
	looks := 21 + m.ask.Tried.n
	var order []int
	switch {
	case b.Algorithm == Hash && b.Consistent:
		order, looks = m.ringFrom(key, primaries), 21
	case b.Algorithm == Hash:
		sum := 0
		for n := range looks {
			text := string(key)
			if n > 0 {
				text = fmt.Sprint(n) + text
			}
			sum += int(crc32.ChecksumIEEE([]byte(text)) >> 16 & 0x7fff)
			order = append(order, walk(sum%total))
		}
	case b.Algorithm == IPHash:
		hash := 89
		for range looks {
			for _, c := range key {
				hash = (hash*113 + int(c)) % 6271
			}
			order = append(order, walk(hash%total))
		}
	case b.Algorithm == Maglev:
		table := m.g.placed.primary.(maglev)
		h := xxhash.Sum64(key)
		for range looks {
			slot, _ := bits.Mul64(h, uint64(len(table)))
			order = append(order, int(table[slot]))
			h = mix(h)
		}
	}
	for _, i := range order[:min(looks, len(order))] {
		if slices.Contains(of, i) {
			return i
		}
	}
	return -1
}

// ringFrom are the endpoints of all points of the ring in their order from the key on.
func (m *model) ringFrom(key []byte, primaries []int) (order []int) {
	type point struct {
		hash uint32
		of   int
	}
	var points []point
	for _, i := range primaries {
		e := m.g.Endpoints()[i]
		host, port := hostPort(e.Address)
		last := []byte{0, 0, 0, 0}
		for range 160 * e.Weight {
			hash := crc32.ChecksumIEEE(slices.Concat([]byte(host), []byte{0}, []byte(port), last))
			points = append(points, point{hash, i})
			last = []byte{byte(hash), byte(hash >> 8), byte(hash >> 16), byte(hash >> 24)}
		}
	}
	slices.SortStableFunc(points, func(a, b point) int { return int(int64(a.hash) - int64(b.hash)) })
	points = slices.CompactFunc(points, func(a, b point) bool { return a.hash == b.hash })
	from := slices.IndexFunc(points, func(p point) bool { return p.hash >= crc32.ChecksumIEEE(key) })
	if from < 0 {
		from = 0
	}
	for n := range points {
		order = append(order, points[(from+n)%len(points)].of)
	}
	return order
}

// TestAlgorithmsModel: whatever happens to the endpoints, a pick is one that the
// algorithm may make.
func TestAlgorithmsModel(t *testing.T) {
	eachAlgorithm(t, func(t *testing.T, b Balance) {
		rapid.Check(t, func(t *rapid.T) {
			weights := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 8).Draw(t, "weights")
			eps := group(weights...).Endpoints()
			for i := range eps {
				eps[i].MaxConns = rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "max conns")
				eps[i].Backup = i > 0 && rapid.IntRange(0, 4).Draw(t, "backup") == 0
				eps[i].Route = fmt.Sprint(i)
			}
			g := NewGroup(eps, b, &Cursor{})
			now := time.Hour
			type attempt struct {
				at    int
				began time.Duration
			}
			var flying []attempt
			ask := func(t *rapid.T) *Ask {
				a := &Ask{Now: now}
				switch b.Algorithm {
				case IPHash:
					a.Key = rapid.SliceOfN(rapid.Byte(), 3, 3).Draw(t, "address")
				default:
					a.Key = []byte(rapid.StringN(0, 8, 8).Draw(t, "key"))
				}
				if rapid.IntRange(0, 3).Draw(t, "bound") == 0 {
					a.Route = []byte(eps[rapid.IntRange(0, len(eps)-1).Draw(t, "to")].Route)
				}
				for i := range eps {
					if rapid.IntRange(0, 3).Draw(t, "tried") == 0 {
						a.Tried.Add(eps[i].Live)
					}
				}
				return a
			}
			t.Repeat(map[string]func(*rapid.T){
				"flip": func(t *rapid.T) {
					l := eps[rapid.IntRange(0, len(eps)-1).Draw(t, "endpoint")].Live
					if rapid.IntRange(0, 3).Draw(t, "slow start") == 0 {
						l.SetShare(uint8(rapid.SampledFrom([]int{0, 0, 1, 100, 255}).Draw(t, "share")))
					} else {
						flip(t, l)
					}
				},
				"pass time": func(t *rapid.T) { now += time.Duration(rapid.IntRange(0, 30_000).Draw(t, "ms")) * time.Millisecond },
				"end": func(t *rapid.T) {
					if len(flying) == 0 {
						t.Skip()
					}
					n := rapid.IntRange(0, len(flying)-1).Draw(t, "which")
					a := flying[n]
					flying = slices.Delete(flying, n, n+1)
					l := eps[a.at].Live
					b.Observe(l, now-a.began, now)
					l.Waited(a.began)
					l.End()
					g.Load().End()
				},
				"": func(t *rapid.T) {
					g.Rebuild()
					a := ask(t)
					m := model{g: g, ask: a}
					got := g.Pick(a, false)
					if wrong := m.check(got); wrong != "" {
						t.Fatalf("picked %d: %s", got, wrong)
					}
					if got >= 0 && rapid.Bool().Draw(t, "begin") {
						if !g.Take(got) {
							t.Fatalf("picked %d, which was full", got)
						}
						g.Load().Begin()
						eps[got].Live.Wait(now)
						flying = append(flying, attempt{got, now})
					}
				},
			})
		})
	})
}
