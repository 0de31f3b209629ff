package affinity

import "testing"

func TestSources(t *testing.T) {
	x := &message{
		request: []string{
			"Host: weir.test", "Cookie: a=1; JSESSIONID=abc.r1; empty=; b=2", "X-User-Id: u", "Cookie: c=3;a=9;d", "X-Empty: ",
		},
		answer: []string{"Set-Cookie: other=1; Path=/", "Set-Cookie: sid=s1; HttpOnly", "X-Session: s2"},
		query:  "x=1&sid=%20q&flag&a=b=c",
	}
	for name, want := range map[string]string{
		"cookie_a":                  "1",
		"cookie_jsessionid":         "abc.r1",
		"cookie_JSESSIONID":         "abc.r1",
		"cookie_b":                  "2",
		"cookie_c":                  "3",
		"cookie_d":                  "", // no pair
		"cookie_empty":              "",
		"cookie_none":               "",
		"header_x_user_id":          "u",
		"header_X-User-Id":          "u",
		"header_x_empty":            "",
		"header_host":               "weir.test",
		"query_x":                   "1",
		"query_SID":                 "%20q",
		"query_flag":                "",
		"query_a":                   "b=c",
		"upstream_cookie_sid":       "s1",
		"upstream_cookie_other":     "1",
		"upstream_cookie_path":      "", // an attribute
		"upstream_header_x_session": "s2",
	} {
		s, err := NewSources([]SourceOptions{{Variable: name}})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.Value(x)); got != want {
			t.Errorf("$%s = %q, want %q", name, got, want)
		}
	}
}

func TestSourcesInOrder(t *testing.T) {
	x := &message{request: []string{"Cookie: a=1.2.3; b=4"}, query: "flag&x=."}
	for _, tt := range []struct {
		want string
		in   []SourceOptions
	}{
		{"", nil},
		{"4", []SourceOptions{{Variable: "cookie_none"}, {Variable: "query_flag"}, {Variable: "cookie_b"}, {Variable: "cookie_a"}}},
		{"3", []SourceOptions{{Variable: "cookie_a", After: "."}}},
		{"2.3", []SourceOptions{{Variable: "cookie_a", After: "1."}}},
		{"4", []SourceOptions{{Variable: "cookie_a", After: "-"}, {Variable: "query_x", After: "."}, {Variable: "cookie_b"}}},
	} {
		s, err := NewSources(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.Value(x)); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	for _, name := range []string{"", "cookie_", "arg_a", "client", "upstream_cookie_"} {
		if _, err := NewSources([]SourceOptions{{Variable: name}}); err == nil {
			t.Errorf("$%s: no error", name)
		}
	}
}
