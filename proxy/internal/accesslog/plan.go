package accesslog

import "fmt"

// Options say what to write, and where.
type Options struct {
	File     string // absolute path, Stdout or Stderr
	Template []Part // of a line; nil: JSON
	Rule     Rule
}

// Plan is a log that can be written: its file is open. The zero value is no log.
type Plan struct {
	rule   *rule
	format format
	out    *output
}

// Open makes a plan. The error says why the file cannot be opened for appending,
// in words that follow its name, or which variable there is none of.
func Open(o Options) (*Plan, error) {
	p := &Plan{rule: newRule(o.Rule), format: newJSON()}
	if o.Template != nil {
		t, err := newTemplate(o.Template)
		if err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
		p.format = t
	}
	out, err := open(o.File)
	if err != nil {
		return nil, err
	}
	p.out = out
	return p, nil
}

// Close is for a plan that is not used.
func (p *Plan) Close() {
	if p.out != nil {
		p.out.close()
	}
}
