package nginx

import (
	"regexp"
	"strconv"
	"strings"
)

// A tree of the file that is written: *mapping, []any, and string for scalars.
type mapping struct {
	entries []entry
}

type entry struct {
	key    string
	value  any
	remark string // on the lines before
}

// set adds a key; one whose value is empty is left out.
func (m *mapping) set(key string, value any) { m.remark(key, value, "") }

func (m *mapping) remark(key string, value any, remark string) {
	switch v := value.(type) {
	case nil:
		return
	case *mapping:
		if v == nil || len(v.entries) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	m.entries = append(m.entries, entry{key, value, remark})
}

// emptyList is a list that is written although nothing is in it.
type emptyList struct{}

// item is an item of a list with a remark before it.
type item struct {
	value  any
	remark string
}

func strList(words []string) []any {
	var out []any
	for _, w := range words {
		out = append(out, w)
	}
	return out
}

// widest is how long a line may be for a mapping or list to stand on it.
const widest = 110

// yaml is the tree as the text of a file.
func (m *mapping) yaml() string {
	var b strings.Builder
	writeMapping(&b, m, 0)
	return b.String()
}

func writeMapping(b *strings.Builder, m *mapping, indent int) {
	for _, e := range m.entries {
		writeRemark(b, e.remark, indent)
		b.WriteString(strings.Repeat("  ", indent) + scalar(e.key) + ":")
		writeValue(b, e.value, indent, len(e.key)+1)
	}
}

// writeValue writes what stands behind a key or a dash, used columns behind indent.
func writeValue(b *strings.Builder, value any, indent, used int) {
	if s, ok := oneLine(value); ok && (2*indent+used+1+len(s) <= widest || isScalar(value)) {
		b.WriteString(" " + s + "\n")
		return
	}
	b.WriteByte('\n')
	switch v := value.(type) {
	case *mapping:
		writeMapping(b, v, indent+1)
	case []any:
		writeList(b, v, indent+1)
	}
}

func writeList(b *strings.Builder, list []any, indent int) {
	for _, v := range list {
		if it, ok := v.(item); ok {
			writeRemark(b, it.remark, indent)
			v = it.value
		}
		pad := strings.Repeat("  ", indent)
		if s, ok := oneLine(v); ok && (2*indent+2+len(s) <= widest || isScalar(v)) {
			b.WriteString(pad + "- " + s + "\n")
			continue
		}
		var inner strings.Builder
		switch v := v.(type) {
		case *mapping:
			writeMapping(&inner, v, indent+1)
		case []any:
			writeList(&inner, v, indent+1)
		}
		b.WriteString(pad + "- " + strings.TrimPrefix(inner.String(), pad+"  "))
	}
}

func writeRemark(b *strings.Builder, remark string, indent int) {
	if remark != "" {
		b.WriteString(strings.Repeat("  ", indent) + "# " + remark + "\n")
	}
}

func isScalar(value any) bool {
	_, ok := value.(string)
	return ok
}

// oneLine is a value on one line; false where a remark must stand in it.
func oneLine(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return scalar(v), true
	case emptyList:
		return "[]", true
	case []any:
		var parts []string
		for _, it := range v {
			s, ok := oneLine(it)
			if !ok {
				return "", false
			}
			parts = append(parts, s)
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	case *mapping:
		var parts []string
		for _, e := range v.entries {
			s, ok := oneLine(e.value)
			if !ok || e.remark != "" {
				return "", false
			}
			parts = append(parts, scalar(e.key)+": "+s)
		}
		return "{" + strings.Join(parts, ", ") + "}", true
	}
	return "", false
}

// plainScalar is what YAML reads as itself wherever it stands.
var plainScalar = regexp.MustCompile(`^[A-Za-z0-9/$_.][A-Za-z0-9/$_.+%:~-]*$`)

// scalar is a word of the file, in quotes where it must be.
func scalar(s string) string {
	if plainScalar.MatchString(s) && !strings.HasSuffix(s, ":") && !strings.EqualFold(s, "null") {
		return s
	}
	return strconv.Quote(s)
}
