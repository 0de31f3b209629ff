package manual

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// section is where man has commands of users.
const section = "1"

// Write makes a man page of each command in dir, which it makes too if it is missing.
func Write(dir string, root *cobra.Command) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range commands(root) {
		file := filepath.Join(dir, page(c)+"."+section)
		if err := os.WriteFile(file, Man(c), 0o644); err != nil { //nolint:gosec // everybody may read it
			return err
		}
	}
	return nil
}

// page is the name of a command's page.
func page(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// Man is the page of a command, in the macros of man(7).
func Man(c *cobra.Command) []byte {
	root := c.Root()
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s %s \"\" %s \"Weir\"\n", roff(strings.ToUpper(page(c))), section, quoted("weir "+root.Version))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(page(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", prose(text(c)))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, ".SH COMMANDS\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.Name() != "help" {
				entry(&b, sub.Name(), sub.Short+"; see "+page(sub)+"("+section+").")
			}
		}
	}
	if list := own(c); len(list) > 0 {
		fmt.Fprintf(&b, ".SH OPTIONS\n")
		for _, f := range list {
			names, what := option(f)
			entry(&b, names, what+".")
		}
	}
	if lines := examples(c); len(lines) > 0 {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n")
		for _, line := range lines {
			fmt.Fprintf(&b, "%s\n", roff(line))
		}
		fmt.Fprintf(&b, ".fi\n")
	}
	for _, t := range topics(root) {
		if c == root {
			fmt.Fprintf(&b, ".SH %s\n%s", roff(strings.ToUpper(t.Short)), prose(text(t)))
		}
	}
	if c != root {
		fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", roff(page(c.Parent())+"("+section+")"))
	}
	return b.Bytes()
}

func entry(b *bytes.Buffer, tag, what string) {
	fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(tag), roff(what))
}

// prose is a text in paragraphs; those that are indented keep their lines.
func prose(s string) string {
	var b strings.Builder
	for i, p := range strings.Split(s, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		kept := strings.HasPrefix(p, "  ")
		if kept {
			b.WriteString(".nf\n")
		}
		for line := range strings.SplitSeq(p, "\n") {
			b.WriteString(roff(line) + "\n")
		}
		if kept {
			b.WriteString(".fi\n")
		}
	}
	return b.String()
}

// roff is a line of text of which troff makes nothing.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\`").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, `\(aq`) {
		s = `\&` + s
	}
	return s
}

func quoted(s string) string { return `"` + strings.ReplaceAll(roff(s), `"`, `\(dq`) + `"` }
