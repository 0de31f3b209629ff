package routing

import "testing"

func TestRoutesThatAskAFlag(t *testing.T) {
	when := func(flag string, variants ...string) *When { return &When{Flag: flag, Variants: variants} }
	table := post(t, []named{
		{"rest", Match{Path: "/"}},
		{"get", Match{Path: "/", Methods: []string{"GET"}, Headers: []Pair{{"X-A", "1"}}}},
		{"on", Match{Path: "/", When: when("f", "on")}},
		{"on-get", Match{Path: "/", Methods: []string{"GET"}, When: when("f", "on")}},
		{"other", Match{Path: "/", When: when("f", "b", "c")}},
		{"deep", Match{Path: "/deep"}},
		{"deep-on", Match{Path: "/deep/er", When: when("g", "on")}},
	})
	x := []Pair{{"x-a", "1"}}
	for _, tt := range []struct {
		in   asked
		want string
	}{
		{asked{method: "POST", path: "/"}, "rest"},
		{asked{method: "GET", path: "/", fields: x}, "get"},
		{asked{method: "POST", path: "/", flags: map[string]string{"f": "on"}}, "on"},
		{asked{method: "GET", path: "/", fields: x, flags: map[string]string{"f": "on"}}, "on-get"},
		{asked{method: "GET", path: "/", fields: x, flags: map[string]string{"f": "c"}}, "other"},
		{asked{method: "GET", path: "/", fields: x, flags: map[string]string{"f": "off"}}, "get"},
		{asked{method: "POST", path: "/", flags: map[string]string{"g": "on"}}, "rest"},
		{asked{method: "GET", path: "/deep/x", flags: map[string]string{"f": "on"}}, "deep"}, // the longer path first
		{asked{method: "GET", path: "/deep/er/x", flags: map[string]string{"g": "on"}}, "deep-on"},
		{asked{method: "GET", path: "/deep/er/x"}, "deep"},
	} {
		if got := table.led(&tt.in); got != tt.want {
			t.Errorf("%s %s %v leads to %q, want %q", tt.in.method, tt.in.path, tt.in.flags, got, tt.want)
		}
	}
	same := []Match{{Path: "/", When: when("f", "a", "b")}, {Path: "/", When: when("f", "b", "a")}}
	if _, err := NewTable(same); err == nil || err.Error() != "route */: written twice" {
		t.Errorf("one condition twice: %v", err)
	}
}
