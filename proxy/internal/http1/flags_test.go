package http1

import "testing"

// What a client says is not passed on where some reader of baggage takes it for an entry
// of flags: they decode names, and cut off what is space to them before or after that.
func TestAppendBaggageTakesOutFlags(t *testing.T) {
	for name, c := range map[string]struct{ said, want string }{
		"as it is":                {"a=1,flag.x=on,b=2", "a=1,b=2"},
		"spaces":                  {" flag.x =on,\tflag.y\t=on", ""},
		"in capitals":             {"FLAG.x=on,Flag.x=on", ""},
		"encoded":                 {"%66lag.x=on,f%6cag.x=on,%46%4C%61%67%2Ex=on,flag%2ex=on", ""},
		"encoded spaces":          {"%20flag.x=on,%09%0A%0d%0b%0cflag.x=on,%C2%A0flag.x=on", ""},
		"a plus":                  {"+flag.x=on,%20+%66lag.x=on", ""},
		"spaces beyond ASCII":     {"\xa0flag.x=on,\x85flag.x=on,\xe3\x80\x80flag.x=on", ""},
		"others":                  {"flags.x=1,flag=1,flagx=1,my.flag.x=1,%66la=1,fla%6=1,%=1,%zzflag.x=1,+=1", "flags.x=1,flag=1,flagx=1,my.flag.x=1,%66la=1,fla%6=1,%=1,%zzflag.x=1,+=1"},
		"encoded twice":           {"%2566lag.x=on", "%2566lag.x=on"},
		"behind the name":         {"a=flag.x,b=1;flag.x=on", "a=flag.x,b=1;flag.x=on"},
		"not decoded, kept whole": {"a%20b=%2C", "a%20b=%2C"},
	} {
		r := &Request{}
		head := "GET / HTTP/1.1\r\nHost: a\r\nBaggage: " + c.said + "\r\n\r\n"
		if refused := r.Parse([]byte(head), DefaultLimits); refused != nil {
			t.Fatalf("%s: refused: %s", name, refused.Reason)
		}
		want := ""
		if c.want != "" {
			want = "baggage: " + c.want + "\r\n"
		}
		if got := string(AppendBaggage(nil, r, true, nil, 0)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
