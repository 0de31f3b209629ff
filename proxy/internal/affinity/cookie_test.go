package affinity

import (
	"testing"
	"time"
)

func TestCookieLine(t *testing.T) {
	for _, tt := range []struct {
		o      CookieOptions
		tls    bool
		want   string
		slides bool
	}{
		{o: CookieOptions{Name: "r"}, want: "r=a"},
		{o: CookieOptions{Name: "r"}, tls: true, want: "r=a; Secure"},
		{o: CookieOptions{Name: "r", Secure: SecureOff}, tls: true, want: "r=a"},
		{o: CookieOptions{Name: "r", Secure: SecureOn}, want: "r=a; Secure"},
		{
			o:   CookieOptions{Name: "R", Path: "/x", Domain: "example.org", Expires: time.Hour, HTTPOnly: true, SameSite: "Strict"},
			tls: true, slides: true,
			want: "R=a; Path=/x; Domain=example.org; Max-Age=3600; HttpOnly; Secure; SameSite=Strict",
		},
	} {
		c := NewCookie(tt.o)
		line := string(c.End(append(c.Begin(nil), 'a'), tt.tls))
		if want := "Set-Cookie: " + tt.want + "\r\n"; line != want {
			t.Errorf("%+v: %q, want %q", tt.o, line, want)
		}
		if c.Slides() != tt.slides {
			t.Errorf("%+v: given with each answer: %v, want %v", tt.o, c.Slides(), tt.slides)
		}
	}
}

func TestCookieValue(t *testing.T) {
	c := NewCookie(CookieOptions{Name: "Route"})
	value := c.Value(&message{request: []string{"Cookie: a=b; Route=x~y~~z"}})
	var got []string
	for len(value) > 0 {
		var route []byte
		route, value = NextRoute(value)
		got = append(got, string(route))
	}
	if len(got) != 4 || got[0] != "x" || got[1] != "y" || got[2] != "" || got[3] != "z" {
		t.Errorf("routes %q, want x, y, an empty one and z", got)
	}
	if c.Value(&message{}) != nil {
		t.Error("a value without a cookie")
	}
}
