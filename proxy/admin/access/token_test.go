package access

import (
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

const (
	alpha = "alpha-0123456789abcdef"
	beta  = "beta-0123456789abcdef"
)

func TestParse(t *testing.T) {
	tokens, warnings, err := Parse("t", []byte("# who may\n\n view:"+alpha+"\r\noperate:"+beta+": Ann of the night shift \nevaluate:eval-012=\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Token{{Role: api.RoleView, Line: 3}, {Role: api.RoleOperate, Name: "Ann of the night shift", Line: 4}, {Role: api.RoleEvaluate, Line: 5}}
	if len(tokens) != len(want) {
		t.Fatalf("%d tokens, want %d", len(tokens), len(want))
	}
	for i, w := range want {
		if w.hash = tokens[i].hash; tokens[i] != w {
			t.Errorf("token %d: %+v, want %+v", i, tokens[i], w)
		}
	}
	if len(warnings) != 1 || warnings[0] != "t:5: a token of 9 bytes can be guessed: want 16 or more at random" {
		t.Errorf("warnings %q", warnings)
	}
}

// Every fault of a file is said, with its line, and no message has what may be a token.
func TestParseRefuses(t *testing.T) {
	const secret = "sesame-open-sesame"
	for _, c := range []struct{ name, file, want string }{
		{"empty", "", "t: no token in it: want lines of role:token, or role:token:name"},
		{"comments", "# a\n\n", "t: no token in it: want lines of role:token, or role:token:name"},
		{"no role", "\n" + secret, "t:2: no role: want role:token, or role:token:name"},
		{"unknown role", secret + ":view", "t:1: the role is unknown: want view, operate or evaluate before the first colon"},
		{"role in capitals", "View:" + secret, "t:1: the role is unknown: want view, operate or evaluate before the first colon"},
		{"no token", "view:", "t:1: a token of 0 bytes: want 8 to 256"},
		{"short", "view:1234567", "t:1: a token of 7 bytes: want 8 to 256"},
		{"long", "view:" + strings.Repeat("x", 257), "t:1: a token of 257 bytes: want 8 to 256"},
		{"space", "view:" + secret + " x", "t:1: the token: want letters, digits and - . _ ~ + / only, = at its end"},
		{"NUL", "view:" + secret + "\x00", "t:1: the token: want letters, digits and - . _ ~ + / only, = at its end"},
		{"not ASCII", "view:" + secret + "é", "t:1: the token: want letters, digits and - . _ ~ + / only, = at its end"},
		{"no name", "view:" + secret + ":", "t:1: the name is empty: want none, or one without the colon before it"},
		{"name with a colon", "view:" + secret + ":a:b", "t:1: the name: want at most 64 bytes of text, without control characters and colons"},
		{"name with an escape", "view:" + secret + ":\x1b[2J", "t:1: the name: want at most 64 bytes of text, without control characters and colons"},
		{"name not UTF-8", "view:" + secret + ":\xff", "t:1: the name: want at most 64 bytes of text, without control characters and colons"},
		{"long name", "view:" + secret + ":" + strings.Repeat("x", 65), "t:1: the name: want at most 64 bytes of text, without control characters and colons"},
		{"twice", "view:" + secret + "\n\noperate:" + secret, "t:3: the token of line 1 again: want another one"},
		{"several", "view\nview:" + secret + "\n:x", "t:1: no role: want role:token, or role:token:name\nt:3: the role is unknown: want view, operate or evaluate before the first colon"},
	} {
		tokens, _, err := Parse("t", []byte(c.file))
		if err == nil || err.Error() != c.want || tokens != nil {
			t.Errorf("%s: error %q, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: the message has the token: %q", c.name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "view:" + alpha, "operate:" + beta + ":ann\n#\nview:x", "evaluate::\r\n:::", "\xef\xbb\xbfview:" + alpha} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, _, err := Parse("t", data)
		if (err == nil) == (len(tokens) == 0) {
			t.Fatalf("%d tokens, error %v", len(tokens), err)
		}
		if err != nil {
			return
		}
		var k Keyring
		k.Use(tokens)
		lines := strings.Split(string(data), "\n")
		for _, p := range tokens {
			_, rest, _ := strings.Cut(strings.TrimSpace(lines[p.Line-1]), ":")
			token, _, _ := strings.Cut(rest, ":")
			if who, ok := k.Find(token); !ok || who != (Who{p.Role, p.Name, ByToken, p.Line}) {
				t.Fatalf("line %d: found %+v %v, want %+v", p.Line, who, ok, p)
			}
			if !isPlain(p.Name) || len(p.Name) > MaxName {
				t.Fatalf("line %d: name %q", p.Line, p.Name)
			}
		}
		if _, ok := k.Find(""); ok {
			t.Fatal("no token is one")
		}
	})
}
