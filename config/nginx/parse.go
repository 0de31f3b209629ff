package nginx

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of what is read, far above any real configuration: files that include each
// other must end somewhere.
const (
	mostDepth      = 100       // blocks within blocks, and files within files
	mostDirectives = 1_000_000 // of all files together
	mostBytes      = 64 << 20  // of all files together, as often as they are included
)

// Parse reads the file at path and all that it includes. The error is a
// *SyntaxError where NGINX would refuse the text as well, and wraps the operating
// system's where the file itself cannot be read. Whether the directives exist, and
// stand where they may, is for Check.
func Parse(path string) (*Config, error) {
	return parse(path, readFile)
}

// parse is Parse with read, which returns the content of a file.
func parse(path string, read func(string) ([]byte, error)) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p := &parser{read: read, prefix: filepath.Dir(path), config: &Config{File: path}}
	if err := p.file(path, data, &p.config.Block, false); err != nil {
		return nil, err
	}
	return p.config, nil
}

func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return data, err
}

// parser reads a main file and what it includes.
type parser struct {
	read   func(string) ([]byte, error)
	prefix string // the main file's folder, which relative names are below of
	config *Config

	open       []string // the files that are being read, each included by the one before
	directives int
	bytes      int
}

// file reads one file into block; plain says that it stands in a block of a list of
// words, which has no blocks in it.
func (p *parser) file(path string, data []byte, block *[]*Directive, plain bool) error {
	p.bytes += len(data)
	if p.bytes > mostBytes {
		return Place{File: path, Line: 1, Col: 1}.errorf("more than %d MiB in all files: want less", mostBytes>>20)
	}
	if !slices.Contains(p.config.Files, path) {
		p.config.Files = append(p.config.Files, path)
	}
	p.open = append(p.open, path)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	return p.block(newLexer(path, data), block, plain, 0)
}

// block reads directives up to the end of the block, or of the file when depth is 0.
func (p *parser) block(l *lexer, block *[]*Directive, plain bool, depth int) error {
	var last *Directive // that a comment may stand behind
	lastLine := 0
	for {
		l.remarkLine = 0
		words, end, err := l.words()
		if last != nil && l.remarkLine == lastLine {
			last.Remark = strings.TrimSpace(l.remark)
		}
		last = nil
		switch {
		case err != nil:
			return err
		case end == endOfFile && depth > 0:
			return l.place().errorf("end of the file within a block: want }")
		case end == endOfFile:
			return nil
		case end == closing && depth == 0:
			return l.lastPlace().errorf("} without a block: want { before it")
		case end == closing:
			return nil
		}
		if p.directives++; p.directives > mostDirectives {
			return words[0].errorf("more than %d directives in all files: want fewer", mostDirectives)
		}
		d := &Directive{Place: words[0].Place, Name: words[0].Text, Args: words[1:]}
		if plain && end == opening {
			return l.lastPlace().errorf("{ in a list of words: want ;")
		}
		if end == semicolon && d.Name == "include" {
			if err := p.include(d, block, plain); err != nil {
				return err
			}
			continue
		}
		*block = append(*block, d)
		if end == semicolon {
			last, lastLine = d, l.line
			continue
		}
		if err := p.braces(l, d, depth); err != nil {
			return err
		}
	}
}

// braces reads the block of d.
func (p *parser) braces(l *lexer, d *Directive, depth int) error {
	if strings.HasSuffix(d.Name, "_by_lua_block") {
		d.Kind = Foreign
		return l.skipLua()
	}
	if depth+1 == mostDepth {
		return d.errorf("%d blocks within each other: want fewer", mostDepth)
	}
	d.Kind = Braces
	return p.block(l, &d.Block, isList(d), depth+1)
}

// isList reports whether a block is a list of words, in which names are no
// directives.
func isList(d *Directive) bool {
	switch d.Name {
	case "types", "map", "geo", "split_clients", "charset_map":
		return true
	}
	return false
}

// include puts what is in the files that d names in its place.
func (p *parser) include(d *Directive, block *[]*Directive, plain bool) error {
	if len(d.Args) != 1 {
		return d.errorf("include with %d names: want one", len(d.Args))
	}
	name := d.Args[0]
	path := name.Text
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.prefix, path)
	}
	files := []string{path}
	if isPattern(path) {
		p.config.Globs = append(p.config.Globs, path)
		var err error
		if files, err = glob(path); err != nil {
			return name.errorf("%q: want a pattern of file names", name.Text)
		}
	}
	for _, file := range files {
		if slices.Contains(p.open, file) {
			return name.errorf("%s includes itself: want it once", cmp.Or(name.Text, file))
		}
		if len(p.open) == mostDepth {
			return name.errorf("%d files within each other: want fewer", mostDepth)
		}
		data, err := p.read(file)
		if err != nil {
			return name.errorf("%s: %v", file, err)
		}
		if err := p.file(file, data, block, plain); err != nil {
			return err
		}
	}
	return nil
}
