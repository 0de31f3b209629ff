//go:build !race

package parity

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	parser "weir/config/nginx"

	"weir/cmd/internal/app/ground"
)

// syntax are the words by which NGINX refuses a text for its form: for what stands
// where, not for what it means.
var syntax = regexp.MustCompile(`unexpected (end of file|"|end of parameter)|is not terminated by ";"|has no opening "\{"|too (long|many) |` +
	`invalid number of arguments|directive is not allowed here|unknown directive|directive is duplicate|it must be "on" or "off"`)

// opinion is what a reader of the file says of its form.
type opinion int

const (
	takes opinion = iota
	refusesForm
	refusesMeaning // NGINX alone; what comes behind that place it has not read
)

// nginxSays asks nginx -t.
func nginxSays(t *testing.T, file string) (opinion, string) {
	t.Helper()
	out, err := checkNginx(t, file)
	switch {
	case err == nil:
		return takes, out
	case syntax.MatchString(out):
		return refusesForm, out
	}
	return refusesMeaning, out
}

// weirSays asks the parser of the import.
func weirSays(file string) (opinion, string) {
	c, err := parser.Parse(file)
	if err != nil {
		return refusesForm, err.Error()
	}
	faults, unknown := parser.Check(c)
	switch {
	case len(faults) > 0:
		return refusesForm, faults[0].Error()
	case len(unknown) > 0:
		return refusesForm, fmt.Sprintf("%s: no directive %s", unknown[0].Place, unknown[0].Name)
	}
	return takes, ""
}

// Promise: the import takes and refuses the form of what NGINX takes and refuses, in
// the corpus as it stands and with mistakes in it.
func TestSyntax(t *testing.T) {
	nginx(t)
	all, err := trials()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	counts := map[opinion]int{}
	agree := func(t *testing.T, c *trial) {
		t.Parallel()
		addresses := map[string]string{"listen": ground.FreeAddr(t)}
		for _, name := range c.backends() {
			addresses[name] = "127.0.0.1:" + fmt.Sprint(10+name[0])
		}
		file, err := c.write(t.TempDir(), addresses)
		if err != nil {
			t.Fatal(err)
		}
		theirs, said := nginxSays(t, file)
		ours, saidToo := weirSays(file)
		if theirs != refusesMeaning && ours != theirs {
			t.Errorf("nginx -t: %sours: %s\n%s", said, saidToo, c.files[conf])
		}
		mu.Lock()
		counts[theirs]++
		mu.Unlock()
	}
	t.Run("corpus", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) { agree(t, c) })
		}
	})
	t.Run("mutated", func(t *testing.T) {
		for seed := range uint64(mutants) {
			c := mutate(all, seed)
			t.Run(fmt.Sprintf("%s-%d", c.name, seed), func(t *testing.T) { agree(t, c) })
		}
	})
	t.Logf("nginx -t took %d files, refused %d for their form and %d for what they mean", counts[takes], counts[refusesForm], counts[refusesMeaning])
	if counts[refusesForm] < mutants/4 {
		t.Errorf("only %d files were refused for their form: the mistakes prove too little", counts[refusesForm])
	}
}

// mutants is how many files with mistakes in them are tried.
const mutants = 160

// mutate returns a case with one to three mistakes in the characters that make up
// the form of a file. The same seed makes the same ones.
func mutate(all []*trial, seed uint64) *trial {
	const form = "\"'{}; \n\\#$"
	r := rand.New(rand.NewPCG(seed, 1))
	from := all[r.IntN(len(all))]
	text := []byte(from.files[conf])
	for range 1 + r.IntN(3) {
		var at []int // where such characters are
		for i, c := range text {
			if strings.IndexByte(form, c) >= 0 {
				at = append(at, i)
			}
		}
		i := at[r.IntN(len(at))]
		switch r.IntN(4) {
		case 0:
			text = append(text[:i], text[i+1:]...)
		case 1:
			text = append(text[:i+1], text[i:]...)
		case 2:
			text[i] = form[r.IntN(len(form))]
		default:
			i = r.IntN(len(text))
			text = append(text[:i+1], text[i:]...)
			text[i] = form[r.IntN(len(form))]
		}
	}
	c := &trial{name: from.name, files: map[string]string{}}
	for name, file := range from.files {
		c.files[name] = file
	}
	c.files[conf] = string(text)
	return c
}

// Files that only differ in their form, each with a mistake of its kind or with what
// looks like one.
func TestSyntaxByHand(t *testing.T) {
	nginx(t)
	for i, text := range []string{
		"", "\n\n", "# only a comment", "# a comment at the end\n#", ";", "{}", "}", "{", "\"", "'", "\\",
		"server {}", "server {};", "server {} }", "server { {} }", "server { } server { }",
		"server_tokens on", "server_tokens on;", "server_tokens on;;", "server_tokens  on ;", "server_tokens\non\n;",
		"server_tokens \"on\";", "server_tokens 'on';", "server_tokens \"on;", "server_tokens 'on\";", "server_tokens \"on\"off;",
		"server_tokens on\"\";", "server_tokens \"on\" ;", "server_tokens o\\n;", "server_tokens on\\;", "server_tokens on on;",
		"server_tokens on; # {", "server_tokens on # ;\n;", "server_tokens on#;", "server_tokens {}", "server_tokens on {}",
		"\"server_tokens\" on;", "server_tokens \"o\\n\";", "server_tokens\ton;\r\n", "server_tokens on;\x00", "server_tokens \x00on;",
		"\xef\xbb\xbfserver_tokens on;", "log_format a '${uri}';", "log_format a ${uri};", "log_format a ${uri;", "log_format a \"a\\\"b\";",
		"log_format a 'it\\'s';", "log_format a $uri{};", "log_format a \"$uri\";", "log_format a " + strings.Repeat("x", 5000) + ";",
		"log_format a \"" + strings.Repeat("x", 5000) + "\";", "server_name x;", "worker_processes 1;", "proxy_pass http://a;",
		"include nothing-here-*.conf;", "include nothing-here.conf;", "include;", "include a b;", "map $uri $x {}", "map $uri $x { a b; }",
		"map $uri $x { a b }", "map $uri $x { a b; {} }", "map $uri { a b; }", "map $uri $x;", "map $uri $x { include none*; }",
		"map $uri $x { a 'b c'; \"d e\" f; ~^/x{2}$ g; }", "map $uri $x { a \"b\"c; }", "types { a/b c; }", "types { }",
		"server { location / { } location /a { } }", "server { location { } }", "server { location ~ a{2} { } }", "server { location ~ \"a{2}\" { } }",
		"server { server_tokens on; server_tokens on; }", "server { location / { proxy_pass http://127.0.0.1:1; proxy_pass http://127.0.0.1:2; } }",
		"server_tokens on; server { server_tokens on; location / { server_tokens off; } }", "server { return 200; return 201; server_name a; server_name b; }",
		"upstream u { server 127.0.0.1:1; keepalive 1; keepalive 1; }", "server { location / { root /a; if ($uri) { root /b; } } location /b { root /a; root /b; } }",
		"server { if ($uri = a) { return 200; } }", "server { if { return 200; } }", "no_such_directive a b;", "no_such_directive { a b; }",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			c := &trial{files: map[string]string{conf: text}}
			file, err := c.write(t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			theirs, said := nginxSays(t, file)
			ours, saidToo := weirSays(file)
			if theirs != refusesMeaning && ours != theirs {
				t.Errorf("%q\nnginx -t: %sours: %s", text, said, saidToo)
			}
		})
	}
}
