package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTextIsTakenApart: where a variable's name ends, and that the text is the same
// when it is written again.
func TestTextIsTakenApart(t *testing.T) {
	v := func(name string) Part { return Part{Variable: name} }
	c := func(text string) Part { return Part{Text: text} }
	for s, want := range map[string]Text{
		"$host-$cookie_sid-$query_a-b":   {v("host"), c("-"), v("cookie_sid"), c("-"), v("query_a-b")},
		"$header_x_user_id/$header_X-A.": {v("header_x_user_id"), c("/"), v("header_X-A"), c(".")},
		"$query$path$$$query_1":          {v("query"), v("path"), c("$"), v("query_1")},
		"$cookie_a--":                    {v("cookie_a"), c("--")},
	} {
		in := &reader{places: map[string]place{}}
		got := value{in: in}.text(s, ownVariables)
		if d := cmp.Diff(want, got); d != "" || len(in.problems) > 0 {
			t.Errorf("%s (-want +got), and %v:\n%s", s, in.problems, d)
		}
		if got.String() != s {
			t.Errorf("%s is written as %s", s, got)
		}
	}
}
