package config

import "testing"

// FuzzHeaderRule: a rule that is read is read again from what it writes, and has
// what the checks rely on.
func FuzzHeaderRule(f *testing.F) {
	for _, s := range []string{
		"Content-Type = text/html", "X-A != b", "X-B ~ ^a", "X-C !~ b", "X-D", "!X-E", "! X-E", "X_F   =   a  b ", "X-G ~ ",
		"X-H == b", "X-I=b", "", "!", "! ", "!! X", "X-J = =", "X-K = \x00", "X-L !", "ü = a",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := parseHeaderRule(s)
		if !ok {
			return
		}
		compares := r.Op == "=" || r.Op == "!=" || r.Op == "~" || r.Op == "!~"
		if !ruleName.MatchString(r.Name) || !compares && r.Op != "" && r.Op != "!" || compares == (r.Value == "") {
			t.Errorf("%q is read as %+v", s, r)
		}
		if again, ok := parseHeaderRule(r.String()); !ok || again != r {
			t.Errorf("%q is read as %+v, which writes %q and is read as %+v", s, r, r, again)
		}
	})
}

func TestHeaderRules(t *testing.T) {
	for s, want := range map[string]HeaderRule{
		"Content-Type = text/html": {"Content-Type", "=", "text/html"},
		"X-A != b":                 {"X-A", "!=", "b"},
		"X-A ~ ^a | b$":            {"X-A", "~", "^a | b$"},
		"X-A !~ =":                 {"X-A", "!~", "="},
		"X-A  =  a  b ":            {"X-A", "=", "a  b"},
		"X_A":                      {"X_A", "", ""},
		"!X-A":                     {"X-A", "!", ""},
		"!  X-A":                   {"X-A", "!", ""},
	} {
		if got, ok := parseHeaderRule(s); !ok || got != want {
			t.Errorf("%q is read as %+v, %v, want %+v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", " ", "!", "X-A =", "X-A = ", "X-A ", "X-A == b", "X-A=b", "X-A ~* b", "= b", "X:A = b", "!X-A = b", " X-A = b"} {
		if got, ok := parseHeaderRule(s); ok {
			t.Errorf("%q is read as %+v, want it refused", s, got)
		}
	}
}
