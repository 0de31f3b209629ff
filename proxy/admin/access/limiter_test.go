package access

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2025, 3, 4, 12, 0, 0, 0, time.UTC)

func TestLimiter(t *testing.T) {
	l := NewLimiter()
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range wrongMost {
		if d := l.Blocked(a, noon); d != 0 {
			t.Fatalf("blocked after %d wrong tokens", i)
		}
		if first, blocked := l.Wrong(a, noon.Add(time.Duration(i)*time.Second)); first != (i == 0) || blocked != (i == wrongMost-1) {
			t.Fatalf("wrong token %d: first %v, blocked %v", i+1, first, blocked)
		}
	}
	end := noon.Add((wrongMost-1)*time.Second + blockedFor)
	for at, want := range map[time.Time]time.Duration{noon.Add(19 * time.Second): blockedFor, end.Add(-1): 1, end: 0} {
		if d := l.Blocked(a, at); d != want {
			t.Errorf("at %s blocked for %s more, want %s", at.Sub(noon), d, want)
		}
	}
	if d := l.Blocked(b, noon.Add(20*time.Second)); d != 0 {
		t.Errorf("another address is blocked for %s", d)
	}
	if first, blocked := l.Wrong(a, end); !first || blocked {
		t.Errorf("after the block: first %v, blocked %v, want a new beginning", first, blocked)
	}
}

// One attacker has a whole subnet of IPv6, and one address of IPv4 however it is written.
func TestLimiterNetworks(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"::ffff:192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
		{"::1", "::2", false},
	} {
		if got := network(netip.MustParseAddr(c.a)) == network(netip.MustParseAddr(c.b)); got != c.same {
			t.Errorf("%s and %s: the same %v, want %v", c.a, c.b, got, c.same)
		}
	}
}

// However many addresses try, the table keeps its bound, and who is blocked stays so
// while there is anybody else to forget.
func TestLimiterIsBounded(t *testing.T) {
	l := NewLimiter()
	guesser := netip.MustParseAddr("192.0.2.1")
	for range wrongMost {
		l.Wrong(guesser, noon)
	}
	a := netip.MustParseAddr("10.0.0.0")
	for i := range 3 * maxAddresses {
		a = a.Next()
		l.Wrong(a, noon.Add(-time.Second+time.Duration(i)*time.Microsecond))
		if n := len(l.mu.by); n > maxAddresses {
			t.Fatalf("%d addresses, want at most %d", n, maxAddresses)
		}
	}
	if l.Blocked(guesser, noon.Add(time.Second)) == 0 {
		t.Error("the blocked address was forgotten")
	}
	l.Wrong(a.Next(), noon.Add(time.Hour))
	if n := len(l.mu.by); n > maxAddresses {
		t.Errorf("%d addresses after an hour", n)
	}
}

// TestLimiterModel compares with a list of all wrong tokens.
func TestLimiterModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLimiter()
		type past struct {
			wrong []time.Time
			until time.Time
		}
		model := map[netip.Addr]*past{}
		now := noon
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			a := netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(0, 2).Draw(t, "address"))})
			m := model[a]
			if m == nil {
				m = &past{}
				model[a] = m
			}
			if got, want := l.Blocked(a, now) > 0, m.until.After(now); got != want {
				t.Fatalf("%s blocked %v, want %v", a, got, want)
			}
			if m.until.After(now) {
				continue // whoever is blocked is not asked for a token
			}
			m.wrong = append(m.wrong, now)
			n := 0
			for _, at := range m.wrong {
				if now.Sub(at) < wrongWithin {
					n++
				}
			}
			want := n >= wrongMost
			if want {
				*m = past{until: now.Add(blockedFor)}
			}
			if _, got := l.Wrong(a, now); got != want {
				t.Fatalf("%s: the %d. wrong token within a minute has blocked it %v, want %v", a, n, got, want)
			}
		}
	})
}
