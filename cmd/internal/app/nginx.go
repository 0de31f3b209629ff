package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"weir/config"
	"weir/config/nginx"
)

// NGINX says how a configuration of NGINX is read. The zero value is for the newest
// NGINX that is known.
type NGINX struct {
	Version  string // whose defaults hold; "" is the newest one
	Versions bool   // make versions of servers that look like a canary
	Strict   bool   // refuse also what holds but for a difference

	// What NGINX's file cannot say:
	Admin string // where the admin API listens; "" is Weir's default
	State string // the directory of the state store; "" keeps state in memory
}

// Check says what is wrong with the options themselves.
func (n *NGINX) Check() error {
	if n.Version == "" {
		return nil
	}
	_, err := nginx.ParseVersion(n.Version)
	return err
}

// ImportOptions says what to import, and where it goes.
type ImportOptions struct {
	NGINX
	File string // the main file
	Out  string // the file to write; "" is out, with the report as its comments
	JSON bool   // the report is one JSON object
}

// Import translates NGINX's configuration into Weir's, and writes what became of each
// directive to out. Nothing is written to a file when the error is not nil.
func Import(o ImportOptions, out io.Writer) error {
	res, err := o.read(o.File)
	if err != nil {
		return err
	}
	unusable := res.Report.Err(o.Strict)
	switch {
	case unusable != nil && o.Out == "":
		return unusable // out is a file to be, which must not have half of it
	case unusable == nil && o.Out == "":
		return writeCommented(out, res)
	case unusable == nil:
		if err := os.WriteFile(o.Out, res.Text, 0o644); err != nil {
			return err
		}
	}
	if err := o.report(res.Report, out); err != nil {
		return err
	}
	return unusable
}

func (o *ImportOptions) report(r *nginx.Report, out io.Writer) error {
	if o.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r.Document())
	}
	_, err := r.WriteTo(out)
	return err
}

// writeCommented writes the file with the report behind it.
func writeCommented(out io.Writer, res *nginx.Result) error {
	var text bytes.Buffer
	if _, err := res.Report.WriteTo(&text); err != nil {
		return err
	}
	var b strings.Builder
	b.Write(res.Text)
	for line := range strings.Lines("\n" + text.String()) {
		b.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// read reads the configuration at path.
func (n *NGINX) read(path string) (*nginx.Result, error) {
	o := nginx.Options{Versions: n.Versions, Admin: n.Admin}
	if n.State != "" {
		dir, err := filepath.Abs(n.State) // to whoever calls, not to the file
		if err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
		o.State = dir
	}
	if n.Version != "" {
		v, err := nginx.ParseVersion(n.Version)
		if err != nil {
			return nil, fmt.Errorf("nginx version: %w", err)
		}
		o.Version = v
	}
	return nginx.Import(path, o)
}

// load is config.Load for a configuration of NGINX. files are all that it was read
// from.
func (n *NGINX) load(path string) (cfg *config.Config, files []string, err error) {
	res, err := n.read(path)
	if err != nil {
		return nil, nil, err
	}
	if err := res.Report.Err(n.Strict); err != nil {
		return nil, res.Files, err
	}
	cfg, err = config.Parse(path, res.Text)
	return cfg, res.Files, err
}
