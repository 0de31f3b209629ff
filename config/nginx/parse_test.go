package nginx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parseText reads text as the main file; others are what it may include, by path.
func parseText(text string, others map[string]string) (*Config, error) {
	return parse("/etc/nginx/nginx.conf", func(path string) ([]byte, error) {
		if path == "/etc/nginx/nginx.conf" {
			return []byte(text), nil
		}
		if other, ok := others[path]; ok {
			return []byte(other), nil
		}
		return nil, os.ErrNotExist
	})
}

// dump is a block on one line, each word in brackets.
func dump(block []*Directive) string {
	var b strings.Builder
	for _, d := range block {
		fmt.Fprintf(&b, "[%s]", d.Name)
		for _, w := range d.Args {
			fmt.Fprintf(&b, "[%s]", w.Text)
		}
		switch d.Kind {
		case Braces:
			b.WriteString("{" + dump(d.Block) + "}")
		case Foreign:
			b.WriteString("{...}")
		default:
			b.WriteString(";")
		}
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"words", "a b  c\td\r\n e;", "[a][b][c][d][e];"},
		{"blocks", "a { b c; d e { } }", "[a]{[b][c];[d][e]{}}"},
		{"nothing", "", ""},
		{"a comment at the end", "a; # x", "[a];"},
		{"a comment within", "a # b; {\n c;", "[a][c];"},
		{"# in a word", "a b#c;", "[a][b#c];"},
		{"} in a word", "a b}c;", "[a][b}c];"},
		{"quotes in a word", `a b"c'd;`, `[a][b"c'd];`},
		{"double quotes", `a "b; {} # c" d;`, "[a][b; {} # c][d];"},
		{"single quotes", `a 'b "c"';`, `[a][b "c"];`},
		{"empty quotes", `a "" '';`, "[a][][];"},
		{"a line end in quotes", "a \"b\nc\";", "[a][b\nc];"},
		{"no space between a quote and what ends it", `a "b"{c 'd';}`, "[a][b]{[c][d];}"},
		{"escapes", `a \; "\"" '\'' \\ "\t\r\n" \. b\ c;`, "[a][\\;][\"]['][\\][\t\r\n][\\.][b\\ c];"},
		{"a variable in braces", "a ${b}c{d;}", "[a][${b}c]{[d];}"},
		{"a variable before a block", "a $b{c;}", "[a][$b]{[c];}"},
		{"a brace behind a dollar sign", "a ${{b;", "[a][${{b];"},
		{"if with quotes", `if ($a = "b") { c; }`, "[if][($a][=][b][)]{[c];}"},
		{"an expression", `location ~ ^/a{2}/(.*)\.php$ { b; }`, ""},
		{"an expression in quotes", `location ~ "^/a{2}/(.*)\.php$" { b; }`, `[location][~][^/a{2}/(.*)\.php$]{[b];}`},
		{"Lua", "a_by_lua_block { if x then y = \"}\" end -- }\n z = [==[ } ]] ]==] t = {1, {2}} --[[ } ]] s = '\\'}' } b;", "[a_by_lua_block]{...}[b];"},
		{"a list of words", "map $a $b { default 0; include c; include x; }", "[map][$a][$b]{[default][0];[1][2];[3][4];}"},
		{"an include", "include c; http { include /d; }", "[1][2];[http]{[5];}"},
		{"bytes that are no UTF-8", "a \xff;", "[a][\xff];"},
	} {
		got, err := parseText(c.in, map[string]string{"/etc/nginx/c": "1 2;", "/etc/nginx/x": "3 4;", "/d": "5;"})
		switch {
		case c.want == "" && c.in != "":
			if err == nil {
				t.Errorf("%s: %q = %s, want an error", c.name, c.in, dump(got.Block))
			}
		case err != nil:
			t.Errorf("%s: %q: %v", c.name, c.in, err)
		case dump(got.Block) != c.want:
			t.Errorf("%s: %q = %s, want %s", c.name, c.in, dump(got.Block), c.want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	long := strings.Repeat("x", longestWord)
	for _, c := range []struct{ name, in, want string }{
		{"a word without an end", "a b", "1:4: end of the file in the middle"},
		{"a quote without an end", "a \"b;\n", "2:1: end of the file in the middle"},
		{"a block without an end", "a {\n b;\n", "3:1: end of the file within a block"},
		{"a block's end too many", "a;\n }", "2:2: } without a block"},
		{"a semicolon too many", "a;;", `1:3: ';' without a directive`},
		{"a block without a name", "{", `1:1: '{' without a directive`},
		{"a block's end in a directive", "a b }", `1:5: '}' in the middle`},
		{"a letter behind a quote", `a "b"c;`, `1:6: 'c' behind a closing quote`},
		{"columns are characters", "é \"é\"é;", `1:6: `},
		{"a long word", "a " + long + ";", "1:3: a word or comment of more than 4096 bytes"},
		{"a long word in quotes", "a '" + long + "';", "1:3: a word of more than 4096 bytes: want a closing quote"},
		{"a long comment", "a;\n#" + long + "\n", "a word or comment of more than"},
		{"Lua without an end", "a_by_lua_block { {} ", "end of the file within a block of Lua"},
		{"a block in a list of words", "map $a $b { c { d; } }", "1:15: { in a list of words"},
		{"an include of nothing", "include none;", "1:9: /etc/nginx/none: file does not exist"},
		{"an include of two", "include a b;", "1:1: include with 2 names"},
		{"an include of itself", "include nginx.conf;", "1:9: nginx.conf includes itself"},
		{"includes in a circle", "include a;", "/etc/nginx/b:1:9: a includes itself"},
		{"a block over two files", "include open;", "/etc/nginx/open:1:4: end of the file within a block"},
		{"blocks without an end", strings.Repeat("a{", 1000), "100 blocks within each other"},
	} {
		_, err := parseText(c.in, map[string]string{"/etc/nginx/a": "include b;", "/etc/nginx/b": "include a;", "/etc/nginx/open": "a {"})
		if _, ok := errors.AsType[*SyntaxError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to contain %q", c.name, err, c.want)
		}
	}
}

func TestIncludePatterns(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("nginx.conf", "include conf.d/*.conf; include none/*; include [!a-m]ew; include conf.d/.h*;")
	write("conf.d/b.conf", "b;")
	write("conf.d/a.conf", "a; include ew/../new;") // below the main file's folder, not this one's
	write("conf.d/.hidden.conf", "hidden;")
	write("conf.d/other", "other;")
	write("new", "new;")
	write("few", "few;")
	c, err := Parse(filepath.Join(dir, "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := dump(c.Block), "[a];[new];[b];[new];[hidden];"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	var files []string
	for _, f := range c.Files {
		files = append(files, strings.TrimPrefix(f, dir+"/"))
	}
	if got, want := strings.Join(files, " "), "nginx.conf conf.d/a.conf new conf.d/b.conf conf.d/.hidden.conf"; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
	if _, err := Parse(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a main file that is not there: %v", err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"user www; events { worker_connections 10; } http { server { listen 80; location / { proxy_pass http://a; } } }", ""},
		{"http { upstream a { server b; zone c 64k; } if (a) { } }", "1:45: if may not stand here: want it in server, location"},
		{"http { server a; }", "1:8: server without a block: want { behind it"},
		{"http;", "1:1: http without a block: want { behind it"},
		{"user { }", "1:1: user with a block: want ; behind it"},
		{"http { server_tokens; sendfile maybe; tcp_nopush ON; }",
			"1:8: server_tokens with 0 words behind it: want 1\n1:23: sendfile \"maybe\": want on or off"},
		{"http { proxy_read_timeout 5s\nproxy_set_header A b; }", "1:8: proxy_read_timeout with 4 words behind it: want 1, is a ; missing at the end of line 1?"},
		{"http { proxy_set_header A; }", "1:8: proxy_set_header with 1 words behind it: want 2"},
		{"http { fastcgi_any a b c; brotli on; server { location / { if ($a) { return 1; lua_x { y; } } } } }", "unknown brotli\nunknown lua_x"},
		{"stream { server { listen 1; } }", ""},
		{"server { listen 80; }\nserver { listen 81; }", "1:1: server may not stand here: want it in http; this file is a part: import the main one that includes it, as /etc/nginx/nginx.conf\n" +
			"2:1: server may not stand here: want it in http"},
	} {
		cfg, err := parseText(c.in, nil)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		faults, unknown := Check(cfg)
		var lines []string
		for _, f := range faults {
			lines = append(lines, strings.TrimPrefix(f.Error(), "/etc/nginx/nginx.conf:"))
		}
		for _, d := range unknown {
			lines = append(lines, "unknown "+d.Name)
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.in, got, c.want)
		}
	}
}

// texts is the content of all files of the patterns.
func texts(t testing.TB, patterns ...string) (all []string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(data))
		}
	}
	return all
}

// FuzzParse feeds any bytes: never a panic, and a fault has a place in the file.
func FuzzParse(f *testing.F) {
	for _, text := range texts(f, "testdata/*/*.conf") {
		f.Add(text)
	}
	for _, seed := range []string{
		`a "b" 'c' ${d} \; { e; } # f`, "content_by_lua_block { x = [[ } ]] }", "map $a $b { default c; }", "include a; }", "a\\", "if ($a ~ \"b\") { }", "\ufeffa;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseText(text, nil)
		if err == nil {
			Check(c)
			return
		}
		fault, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Fatalf("Parse = %v, want a *SyntaxError", err)
		}
		if lines := strings.Count(text, "\n") + 1; fault.Line < 1 || fault.Line > lines || fault.Col < 1 {
			t.Errorf("%v: place outside of the file", fault)
		}
	})
}
