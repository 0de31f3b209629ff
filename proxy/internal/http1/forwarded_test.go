package http1

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var trustedNetworks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}

// originOf reads the lines as the trusted peer 10.0.0.1 has sent them over http, and
// returns the head that is sent on, too.
func originOf(t testing.TB, lines ...string) (Origin, string) {
	t.Helper()
	var r Request
	if reject := r.Parse([]byte(get(lines...)), DefaultLimits); reject != nil {
		t.Fatalf("%q: %+v", lines, reject)
	}
	var o Origin
	o.Read(&r, Peer{Addr: netip.MustParseAddr("10.0.0.1"), Text: []byte("10.0.0.1"), Scheme: "http"}, trustedNetworks)
	return o, string(AppendRequest(nil, &r, Forward{ClientIP: o.Text, Proto: o.Proto, Origin: &o}))
}

func TestOriginOfARequest(t *testing.T) {
	const f = "Forwarded: "
	for _, tt := range []struct {
		name   string
		lines  []string
		client string
		proto  string
		sent   []string // lines about the way
	}{
		{"nothing said", nil, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a"}},
		{
			"appended", []string{"X-Forwarded-For: 192.0.2.1, 10.2.3.4", "X-Forwarded-Proto: HTTPS", "X-Forwarded-Host: b.test:8080", "X-Real-IP: 192.0.2.1", "X-Forwarded-Port: 9"},
			"192.0.2.1", "https",
			[]string{"X-Forwarded-For: 192.0.2.1, 10.2.3.4, 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: b.test:8080", "X-Real-IP: 192.0.2.1"},
		},
		{"made up by the client", []string{"X-Forwarded-For: 6.6.6.6, 192.0.2.1"}, "192.0.2.1", "http", []string{"X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.1"}},
		{"several lines", []string{"X-Forwarded-For: 192.0.2.1", "x-forwarded-for: 10.9.9.9"}, "192.0.2.1", "http", []string{"X-Forwarded-For: 192.0.2.1, 10.9.9.9, 10.0.0.1"}},
		{"all trusted", []string{"X-Forwarded-For: 10.5.5.5, 10.6.6.6"}, "10.5.5.5", "http", nil},
		{"unreadable before", []string{"X-Forwarded-For: unknown, 192.0.2.1"}, "192.0.2.1", "http", []string{"X-Forwarded-For: 192.0.2.1, 10.0.0.1"}},
		{"unreadable between", []string{"X-Forwarded-For: 192.0.2.1, evil, 10.6.6.6"}, "10.6.6.6", "http", []string{"X-Forwarded-For: 10.6.6.6, 10.0.0.1"}},
		{"unreadable last", []string{"X-Forwarded-For: 192.0.2.1, evil"}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1"}},
		{"ports and IPv6", []string{"X-Forwarded-For: 192.0.2.1:80, [2001:DB8::1]:443, 2001:db8::2, ::ffff:10.1.1.1"}, "192.0.2.1", "http", []string{"X-Forwarded-For: 192.0.2.1:80, [2001:DB8::1]:443, 2001:db8::2, ::ffff:10.1.1.1, 10.0.0.1"}},
		{"no zones", []string{"X-Forwarded-For: fe80::1%eth0"}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1"}},
		{"bad words", []string{"X-Forwarded-Proto: gopher", "X-Forwarded-Host: a/b", "X-Real-IP: me", "X-Forwarded-For: "}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a"}},
		{"contradictions", []string{"X-Forwarded-Proto: https", "X-Forwarded-Proto: http", "X-Forwarded-Host: b", "X-Forwarded-Host: c", "X-Real-IP: 1.1.1.1", "X-Real-IP: 2.2.2.2"}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a"}},
		{
			"Forwarded", []string{f + `for=192.0.2.1;proto=https;by=_x, For="[2001:db8::9]:_p" ; host="a;b,c"`}, "192.0.2.1", "https",
			[]string{"X-Forwarded-For: 192.0.2.1, 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: a", `Forwarded: for=192.0.2.1;proto=https;by=_x, For="[2001:db8::9]:_p" ; host="a;b,c", for=10.0.0.1;proto=http`},
		},
		{"Forwarded, quoted IPv6", []string{f + `for="[2a00::1]"`}, "2a00::1", "http", []string{"X-Forwarded-For: 2a00::1, 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a", `Forwarded: for="[2a00::1]", for=10.0.0.1;proto=http`}},
		{"Forwarded, obfuscated", []string{f + "for=192.0.2.9, for=_hidden;proto=https"}, "10.0.0.1", "http", nil},
		{"Forwarded, unknown", []string{f + "for=unknown"}, "10.0.0.1", "http", nil},
		{"Forwarded beside X-Forwarded-For", []string{f + "for=192.0.2.9;proto=https", "X-Forwarded-For: 192.0.2.1"}, "192.0.2.1", "http", nil},
		{"Forwarded, broken", []string{f + `for="192.0.2.1`}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a"}},
		{"Forwarded, unquoted port", []string{f + "for=192.0.2.1:80"}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a"}},
		{"Forwarded, twice in one", []string{f + "for=192.0.2.1;for=192.0.2.2"}, "10.0.0.1", "http", []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a"}},
	} {
		o, head := originOf(t, tt.lines...)
		if o.Client.String() != tt.client || string(o.Text) != tt.client || o.Proto != tt.proto {
			t.Errorf("%s: from %s (%s) by %s, want %s by %s", tt.name, o.Client, o.Text, o.Proto, tt.client, tt.proto)
		}
		if tt.sent == nil {
			continue
		}
		want := "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Join(tt.sent, "\r\n") + "\r\n\r\n"
		if len(tt.sent) == 1 {
			want = "GET / HTTP/1.1\r\nHost: a\r\n" + tt.sent[0] + "\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n"
		}
		if head != want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, head, want)
		}
	}
}

// FuzzOrigin: whatever a trusted peer says, the client is an address that was said or
// the peer's, what is sent on is a head that says the same to the next trusting proxy,
// and addresses are read as net/netip reads them.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{
		"192.0.2.1, 10.0.0.2", "unknown", "[2001:db8::1]:80, ::ffff:1.2.3.4", "for=1.2.3.4", `for="[::1]:80";proto=https, for=_a`,
		`for="a\"b", ;;, for=x`, `for="`, ",,,", "1.2.3.4:_x", "for=1.2.3.4;FOR=1.2.3.4",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, list, forwarded string) {
		var r Request
		if r.Parse([]byte(get("X-Forwarded-For: "+list, "Forwarded: "+forwarded)), wide) != nil {
			return
		}
		peer := netip.MustParseAddr("10.0.0.1")
		var o Origin
		o.Read(&r, Peer{Addr: peer, Text: []byte("10.0.0.1"), Scheme: "http"}, trustedNetworks)
		if a, err := netip.ParseAddr(string(o.Text)); err != nil || a != o.Client || a.Is4In6() || a.Zone() != "" {
			t.Fatalf("client %q (%v)", o.Text, o.Client)
		}
		head := AppendRequest(nil, &r, Forward{ClientIP: o.Text, Proto: o.Proto, Origin: &o})
		onlyCRLF(t, head)
		var next Request
		if reject := next.Parse(head, Limits{Head: 1 << 20, Fields: 200, Target: 100, Method: 32}); reject != nil {
			t.Fatalf("%q refused: %+v", head, reject)
		}
		last := Value(next.Fields, "x-forwarded-for")
		if i := strings.LastIndex(string(last), ", "); i >= 0 {
			last = last[i+2:]
		}
		if string(last) != "10.0.0.1" {
			t.Errorf("%q: the last address is %q, want the peer", head, last)
		}
		if v := Value(next.Fields, "forwarded"); v != nil && !readable(v) {
			t.Errorf("%q was sent on", v)
		}
		for _, node := range slices.Concat(strings.Split(list, ","), []string{forwarded}) {
			want, err := netip.ParseAddr(node)
			got, ok := parseAddr([]byte(node))
			if ok != (err == nil && want.Zone() == "") || ok && got != want.Unmap() {
				t.Errorf("address %q: %v %v, net/netip %v %v", node, got, ok, want, err)
			}
		}
	})
}
