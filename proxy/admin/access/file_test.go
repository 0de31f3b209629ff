package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/proxy/admin/api"
)

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	if _, err := Load(path); err == nil || err.Error() != path+": no such file or directory: want a file with lines of "+wantLine {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, []byte("view:"+alpha), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Load(path)
	if err != nil || len(l.Tokens) != 1 || l.Exposed != "" {
		t.Errorf("a good file: %+v, %v", l, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err = Load(path); err != nil || !strings.Contains(l.Exposed, "its mode 0644 lets others read it") {
		t.Errorf("a file that others read: %+v, %v", l, err)
	}
}

// What of a later file is in force, whatever is wrong with it.
func TestLater(t *testing.T) {
	const gamma = "gamma-0123456789abcdef"
	const before = "view:" + alpha + "\noperate:" + beta + ":ann\n"
	for _, c := range []struct {
		what, file string
		exposed    bool
		want       string // the tokens in force, with their roles
	}{
		{"a good one", "view:" + gamma, false, "view gamma"},
		{"a token is out, a line is bad", "view:" + alpha + "\nview:short", false, "view alpha"},
		{"its own line is bad now", "view:" + alpha + "\noperat:" + beta + ":ann", false, "view alpha, operate beta"},
		{"its name is bad now", "view:" + alpha + "\nview:" + beta + ":a:b", false, "view alpha, operate beta"},
		{"it may less now, and a line is bad", "view:" + alpha + "\nview:" + beta + "\nx", false, "view alpha, view beta"},
		{"a new one, and a line is bad", "view:" + gamma + "\nx:y", false, "view gamma"},
		{"twice", "view:" + alpha + "\noperate:" + alpha, false, "view alpha"},
		{"no good line", "x:y\n" + gamma, false, "view alpha, operate beta"},
		{"empty", "", false, "view alpha, operate beta"},
		{"others can read it", before + "operate:" + gamma, true, "view alpha, operate beta"},
		{"others can read it, one is out", "view:" + alpha, true, "view alpha"},
		{"others can read it, a line is bad", "view:" + alpha + "\noperate:" + beta + ":", true, "view alpha, operate beta"},
		{"others can read it, all are new", "view:" + gamma, true, ""},
	} {
		l, _ := parse("t", []byte(c.file))
		if c.exposed {
			l.Exposed = "others"
		}
		var k Keyring
		k.Use(l.Later(parsed(t, before)))
		var got []string
		for _, token := range []string{alpha, beta, gamma} {
			if who, ok := k.Find(token); ok {
				got = append(got, string(who.Role)+" "+token[:strings.IndexByte(token, '-')])
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %q in force, want %q", c.what, s, c.want)
		}
	}
}

func parsed(t *testing.T, file string) []Token {
	t.Helper()
	tokens, _, err := Parse("t", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// Whatever becomes of a file with a good line: a token that it does not have is out, and a
// good line of one that was in force says what it may.
func TestLaterModel(t *testing.T) {
	all := []string{"a-0123456789abcdef", "b-0123456789abcdef", "c-0123456789abcdef", "d-0123456789abcdef"}
	rapid.Check(t, func(t *rapid.T) {
		var before []Token
		for _, i := range rapid.SliceOfDistinct(rapid.IntRange(0, 3), rapid.ID).Draw(t, "before") {
			l, _ := parse("t", []byte("operate:"+all[i]))
			before = append(before, l.Tokens...)
		}
		var file strings.Builder
		good, said := map[string]bool{}, map[string]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "lines") {
			token := rapid.SampledFrom(all).Draw(t, "token")
			line := rapid.SampledFrom([]string{"view:%", "view:%", "wiew:%", "view:%:", ":%"}).Draw(t, "line")
			file.WriteString(strings.ReplaceAll(line, "%", token) + "\n")
			good[token], said[token] = good[token] || line == "view:%", true
		}
		l, _ := parse("t", []byte(file.String()))
		var k Keyring
		k.Use(l.Later(before))
		old := Keyring{}
		old.Use(before)
		for _, token := range all {
			who, in := k.Find(token)
			_, was := old.Find(token)
			switch {
			case len(l.Tokens) == 0 && in != was:
				t.Fatalf("%s in force %v after a file without a good line, before %v", token, in, was)
			case len(l.Tokens) == 0:
			case good[token] && (!in || who.Role != api.RoleView):
				t.Fatalf("%s has a good line, and is %v %s", token, in, who.Role)
			case !good[token] && in != (was && said[token]):
				t.Fatalf("%s in force %v, before %v, still said %v", token, in, was, said[token])
			}
		}
	})
}
