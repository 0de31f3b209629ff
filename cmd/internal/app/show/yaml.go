package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// YAML writes v as one YAML document: the very value that encoding/json makes of it, its
// keys in the same order. What JSON cannot say is not there, so no library is needed:
// maps and lists become blocks, all else is what JSON has, which is YAML too.
func YAML(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	y := yamlLines{d: d}
	y.value(0, "")
	y.b.WriteByte('\n')
	_, err = w.Write(bytes.TrimPrefix(y.b.Bytes(), []byte("\n")))
	return err
}

// yamlLines turns the tokens of valid JSON into lines.
type yamlLines struct {
	d *json.Decoder
	b bytes.Buffer
}

func (y *yamlLines) token() json.Token {
	t, err := y.d.Token()
	if err != nil {
		panic("BUG: encoding/json does not read what it wrote: " + err.Error())
	}
	return t
}

// value writes the next value behind what begins its line: after is what stands between
// the two if it is on the same line. indent is that of the entries of a map or list.
func (y *yamlLines) value(indent int, after string) {
	switch t := y.token().(type) {
	case json.Delim:
		if !y.d.More() {
			y.token()
			y.b.WriteString(after + map[json.Delim]string{'{': "{}", '[': "[]"}[t])
			return
		}
		begin := "\n" + strings.Repeat(" ", indent)
		for first := true; y.d.More(); first = false {
			if first && after == " " && y.inList() {
				y.b.WriteString(" ") // the first entry of a list's entry is on its line
			} else {
				y.b.WriteString(begin)
			}
			if t == '[' {
				y.b.WriteString("-")
				y.value(indent+2, " ")
				continue
			}
			y.b.WriteString(scalar(y.token()) + ":")
			y.value(indent+2, " ")
		}
		y.token()
	default:
		y.b.WriteString(after + scalar(t))
	}
}

// inList reports whether the line so far ends in the dash of an entry.
func (y *yamlLines) inList() bool { return bytes.HasSuffix(y.b.Bytes(), []byte("-")) }

// plain is a text that needs no quotes: it begins with a letter, and has nothing in it
// that means something.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`)

// notText are the words that YAML, of one version or another, takes for something else.
var notText = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null)$`)

func scalar(t json.Token) string {
	s, ok := t.(string)
	switch {
	case !ok && t == nil:
		return "null"
	case !ok:
		return fmt.Sprint(t)
	case plain.MatchString(s) && !notText.MatchString(s):
		return s
	}
	return quoted(s)
}

// quoted is the text in double quotes; what Go escapes, YAML reads.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String() + `"`
}
