package manual

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Markdown is the whole tree as one page.
func Markdown(root *cobra.Command) []byte {
	var b bytes.Buffer
	list := commands(root)
	fmt.Fprintf(&b, "# Command line\n\n")
	fmt.Fprintf(&b, "This page is made from what the commands say of themselves (`%s COMMAND --help`); a test keeps it so.\n\n", root.Name())
	fmt.Fprintf(&b, "%s\n\n", paragraphs(text(root)))
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "- [`%s`](#%s): %s\n", c.CommandPath(), anchor(c), c.Short)
	}
	fmt.Fprintf(&b, "\n## Flags of all commands\n\n")
	flags(&b, root)
	for _, t := range topics(root) {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", t.Short, paragraphs(text(t)))
	}
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "## %s\n\n", c.CommandPath())
		fmt.Fprintf(&b, "```\n%s\n```\n\n%s\n\n", c.UseLine(), paragraphs(text(c)))
		flags(&b, c)
		if lines := examples(c); len(lines) > 0 {
			fmt.Fprintf(&b, "```sh\n%s\n```\n\n", strings.Join(lines, "\n"))
		}
	}
	return append(bytes.TrimSpace(b.Bytes()), '\n')
}

func flags(b *bytes.Buffer, c *cobra.Command) {
	list := own(c)
	for _, f := range list {
		names, what := option(f)
		fmt.Fprintf(b, "- `%s`: %s\n", names, escaped(what))
	}
	if len(list) > 0 {
		fmt.Fprintln(b)
	}
}

// paragraphs is a text as it is on a terminal: what is indented there keeps its lines.
func paragraphs(s string) string {
	var out []string
	for p := range strings.SplitSeq(s, "\n\n") {
		if strings.HasPrefix(p, "  ") {
			out = append(out, "```\n"+p+"\n```")
			continue
		}
		out = append(out, escaped(p))
	}
	return strings.Join(out, "\n\n")
}

// escaped is text of which Markdown must not make anything.
func escaped(s string) string {
	return strings.NewReplacer("<", "\\<", "*", "\\*", "_", "\\_").Replace(s)
}

// anchor is where a heading is found: as GitHub makes it.
func anchor(c *cobra.Command) string {
	return strings.ReplaceAll(c.CommandPath(), " ", "-")
}
