//go:build !race

package parity

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// corpus is where the cases are.
const corpus = "testdata/corpus"

// conf is the file of a case that the http block includes.
const conf = "case.conf"

// trial is one case.
type trial struct {
	name   string
	title  string            // what it shows
	files  map[string]string // by name, with places for addresses
	script script
}

// trials reads all cases, in the order of their names.
func trials() ([]*trial, error) {
	paths, err := filepath.Glob(filepath.Join(corpus, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all []*trial
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c, err := readTrial(strings.TrimSuffix(filepath.Base(path), ".txt"), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, c)
	}
	return all, nil
}

var sectionLine = regexp.MustCompile(`^== ([a-z0-9/._-]+)$`)

// readTrial takes a case apart into its title, its files and its script.
func readTrial(name, text string) (*trial, error) {
	c := &trial{name: name, files: make(map[string]string)}
	sections := map[string][]string{}
	at, number, scriptAt := "", 0, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if m := sectionLine.FindStringSubmatch(line); m != nil {
			at = m[1]
			if at == "script" {
				scriptAt = number
			}
			continue
		}
		sections[at] = append(sections[at], line)
	}
	c.title = strings.Join(strings.Fields(strings.Join(sections[""], " ")), " ")
	for section, lines := range sections {
		if section != "" && section != "script" {
			c.files[section] = strings.Join(lines, "\n") + "\n"
		}
	}
	if c.title == "" || c.files[conf] == "" || scriptAt == 0 {
		return nil, fmt.Errorf("want a title, a section %s and a script", conf)
	}
	var err error
	c.script, err = readScript(sections["script"], scriptAt)
	return c, err
}

var place = regexp.MustCompile(`\{([a-z]|listen)\}`)

// backends are the names of the backends that the files mention, sorted.
func (c *trial) backends() []string {
	var names []string
	for _, text := range c.files {
		for _, m := range place.FindAllStringSubmatch(text, -1) {
			if m[1] != "listen" && !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
	}
	slices.Sort(names)
	return names
}

// write puts the files into a folder, with real addresses, and returns the path of
// the main one. It is one that NGINX can be started with by anybody: all it writes
// is in that folder.
func (c *trial) write(dir string, addresses map[string]string) (string, error) {
	files := map[string]string{"nginx.conf": mainConf}
	for name, text := range c.files {
		files[name] = place.ReplaceAllStringFunc(text, func(at string) string {
			return addresses[strings.Trim(at, "{}")]
		})
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "nginx.conf"), nil
}

const mainConf = `worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	include ` + conf + `;
}
`
