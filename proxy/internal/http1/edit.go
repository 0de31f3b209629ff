package http1

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Header is a field to write.
type Header struct {
	Name  string
	Value []Part
}

// Edits change the fields of a message that Weir passes on. A nil Edits changes
// nothing.
type Edits struct {
	drop    []string // names in lower case
	add     []addition
	flags   bool // drops X-Flag-*
	baggage bool // drops baggage, which is written anew
}

type addition struct {
	name  string // with ": " behind it
	value Text
}

// NewEdits returns edits that take out the fields named in set and remove, and write
// those in set and then those in add behind what is left; nil when there are none.
// What only Weir says cannot be touched: see editable.
func NewEdits(set, add []Header, remove []string) (*Edits, error) {
	if len(set)+len(add)+len(remove) == 0 {
		return nil, nil
	}
	e := &Edits{}
	for _, name := range remove {
		if err := e.dropping(name); err != nil {
			return nil, err
		}
	}
	for _, h := range set {
		if err := e.dropping(h.Name); err != nil {
			return nil, err
		}
		if err := e.adding(h); err != nil {
			return nil, err
		}
	}
	for _, h := range add {
		if err := e.adding(h); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *Edits) dropping(name string) error {
	if !editable(name) {
		return fmt.Errorf("the header %s is not one to edit", name)
	}
	e.drop = append(e.drop, strings.ToLower(name))
	return nil
}

func (e *Edits) adding(h Header) error {
	if !editable(h.Name) {
		return fmt.Errorf("the header %s is not one to edit", h.Name)
	}
	value, err := NewText(h.Value)
	if err != nil {
		return fmt.Errorf("the header %s: %w", h.Name, err)
	}
	e.add = append(e.add, addition{name: h.Name + ": ", value: value})
	return nil
}

// editable reports whether a field may be edited: its name is letters, digits and
// "-", and it is neither Host nor framing nor meant for one hop only, nor what Weir
// itself says (X-Weir-*, Forwarded, X-Forwarded-For, -Proto and -Host, traceparent and
// tracestate). X-Real-IP and other X-Forwarded-* are left to operators.
func editable(name string) bool {
	if name == "" || strings.ContainsFunc(name, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
	}) {
		return false
	}
	b := []byte(name)
	switch kindOf(b) {
	case KindPlain:
		return !foldPrefix(b, "x-weir-")
	case KindOurs:
		return foldEqual(b, "x-real-ip") || foldPrefix(b, "x-forwarded-") &&
			!foldEqual(b, "x-forwarded-for") && !foldEqual(b, "x-forwarded-proto") && !foldEqual(b, "x-forwarded-host")
	}
	return false
}

// drops says whether fields of that name are taken out.
func (e *Edits) drops(name []byte) bool {
	if e.flags && foldPrefix(name, flagField) || e.baggage && foldEqual(name, baggage) {
		return true
	}
	for _, d := range e.drop {
		if foldEqual(name, d) {
			return true
		}
	}
	return false
}

// Drops is drops for a name in lower case. A nil Edits drops nothing.
func (e *Edits) Drops(lower string) bool { return e != nil && slices.Contains(e.drop, lower) }

// Trailers returns the trailer lines without the fields that are taken out, which
// must not come back behind the body: there are readers who put both together.
func (e *Edits) Trailers(lines []byte) []byte {
	if e == nil || len(e.drop) == 0 && !e.flags {
		return lines
	}
	var kept []byte
	for len(lines) > 0 {
		n := bytes.IndexByte(lines, '\n') + 1
		if name, _, _ := bytes.Cut(lines[:n], colon); !e.drops(name) {
			kept = append(kept, lines[:n]...)
		}
		lines = lines[n:]
	}
	return kept
}

var colon = []byte{':'}

// Append appends what is written new. A field whose value is empty is not, as with
// NGINX: a cookie that did not come is no header, and an empty one is something else to
// many readers.
func (e *Edits) Append(dst []byte, f *Facts) []byte {
	if e == nil {
		return dst
	}
	return e.append(dst, f)
}

func (e *Edits) append(dst []byte, f *Facts) []byte {
	for i := range e.add {
		a := &e.add[i]
		before := len(dst)
		dst = append(dst, a.name...)
		begin := len(dst)
		if dst = a.value.Append(dst, f); len(dst) == begin {
			dst = dst[:before]
			continue
		}
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendEdited is appendKept without the lines that are taken out, and with what
// is written new.
func appendEdited(dst []byte, fields []Field, trailer bool, e *Edits, f *Facts) []byte {
	for i := range fields {
		kept := fields[i].Kind == KindPlain || fields[i].Kind == KindTrailer && trailer
		if kept && !e.drops(fields[i].Name) {
			dst = append(dst, fields[i].Line...)
		}
	}
	return e.append(dst, f)
}
