package nginx

// Directive is one directive, or block with all in it.
type Directive struct {
	Place
	Name  string
	Args  []Word
	Block []*Directive // of a block, includes already in their places
	Kind  BlockKind

	Remark string // the comment behind its end, on the same line
}

// BlockKind is what stands behind a directive's words.
type BlockKind uint8

// The kinds. The zero value is Simple.
const (
	Simple  BlockKind = iota // ";"
	Braces                   // a block of directives
	Foreign                  // a block in another language, which is left out
)

// Arg is the text of the word at i, from 0; "" where there are not as many.
func (d *Directive) Arg(i int) string {
	if i >= len(d.Args) {
		return ""
	}
	return d.Args[i].Text
}

// Config is a main file with everything it includes.
type Config struct {
	File  string       // as it was given to Parse
	Files []string     // all files that were read, the main one first, each once
	Globs []string     // the patterns that were included, below the main file's folder
	Block []*Directive // in file order
}
