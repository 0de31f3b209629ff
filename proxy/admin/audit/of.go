package audit

import (
	"bytes"
	"encoding/json"
	"slices"

	"weir/proxy/admin/api"
)

// Of says what entries are to be about; the zero value: anything.
type Of struct {
	Upstream string   // "": any
	Groups   []string // whose changes are also that upstream's
	Flag     string   // "": any; not beside Upstream
}

func (o *Of) has(e *api.AuditEntry) bool {
	if o.Flag != "" {
		return e.Flag == o.Flag
	}
	return o.Upstream == "" || e.Upstream == o.Upstream || e.Group != "" && slices.Contains(o.Groups, e.Group)
}

// marks are what the line of such an entry has in it, one of them, and no other line:
// most lines then need not be decoded. nil: every line has.
func (o *Of) marks() (marks [][]byte) {
	if o.Flag != "" {
		return [][]byte{mark("flag", o.Flag)}
	}
	if o.Upstream == "" {
		return nil
	}
	marks = append(marks, mark("upstream", o.Upstream))
	for _, g := range o.Groups {
		marks = append(marks, mark("group", g))
	}
	return marks
}

// mark is a key and its value as they are encoded. Within a value it cannot be: quotes
// are escaped there.
func mark(key, value string) []byte {
	v, err := json.Marshal(value)
	if err != nil {
		panic("BUG: a name cannot be encoded: " + err.Error())
	}
	return append([]byte(`"`+key+`":`), v...)
}

func marked(line []byte, marks [][]byte) bool {
	return marks == nil || slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(line, m) })
}
