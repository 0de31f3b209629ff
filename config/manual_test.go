package config

import (
	"fmt"
	"strings"
	"testing"
)

// manualHead is what weir.yaml(5) says before its keys.
const manualHead = `.\" Made of the readers that read the file and of config/keys.txt.
.TH WEIR.YAML 5 "" "Weir" "File formats"
.SH NAME
weir.yaml \- what Weir serves
.SH DESCRIPTION
One YAML file (JSON is YAML, too) says what
.BR weir (1)
serves.
.B weir check FILE
says whether it can be used, with line and column of each fault;
.B weir check FILE \-\-effective
shows every value in force and where it comes from.
A change of the file is put in force as a whole, or refused as a whole.
.PP
Durations have a unit, like 500ms, 30s or 1m30s; sizes may have one, like 64KiB; percentages always have their sign.
Relative files are relative to weir.yaml.
${NAME} in a value is that environment variable, ${NAME:\-default} the default where it is not set or empty.
.PP
Below * is a name of your own, and [] an item of a list.
.SH KEYS
`

// roff is words as they are in a manual page.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "–", "none").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// manualPage is weir.yaml(5).
func manualPage(root *surveyed) string {
	var b strings.Builder
	b.WriteString(manualHead)
	for _, sec := range sections(root) {
		if sec.path != "" {
			fmt.Fprintf(&b, ".SS %s\n%s\n", roff(trimmed(sec.path)), roff(sec.about))
		}
		for _, s := range sec.keys {
			block := "mapping"
			if below := mapping(s); below != nil && below.said.like != "" {
				block = "mapping as " + below.said.like
			}
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(s.path[strings.LastIndexByte(s.path, '.')+1:]), roff(s.said.sentence))
			words := "Takes " + takes(s, block) + "."
			switch {
			case s.needed:
				words += " It must be there."
			case s.said.standard == "none":
			case s.said.standard != "":
				words += " Default: " + s.said.standard + "."
			case s.standard != nil:
				words += " Default: " + standardText(s) + "."
			}
			fmt.Fprintf(&b, "%s Since %s.\n", roff(words), s.said.since)
		}
	}
	b.WriteString(".SH SEE ALSO\n.BR weir (1)\n")
	return b.String()
}

func TestManualIsCurrent(t *testing.T) {
	generated(t, "weir.yaml.5", []byte(manualPage(describedKeys(t))))
}
