package ofrep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"weir/proxy/flag"
)

// Source has the flags that are in force.
type Source interface {
	// Flags are those in force now, never nil. What it returns beside them is closed when
	// others are. It may be called from any goroutine.
	Flags() (now *Flags, changed <-chan struct{})
}

// Options describe Flags. The zero value has none.
type Options struct {
	Set *flag.Set
	// Layer is what is set over the definition of a flag; it may be nil, and so may what it
	// returns. It always returns the same of the same flag.
	Layer func(*flag.Flag) *flag.Layer
	// Known is what a request says of somebody beside its context, by attribute: it wins
	// over what the context says. nil: nothing.
	Known func(http.Header) map[string]flag.Value
}

// Flags are the flags of a generation, made ready to be asked for. They do not change.
type Flags struct {
	set     *flag.Set
	layer   func(*flag.Flag) *flag.Layer
	known   func(http.Header) map[string]flag.Value
	version string
	restive []*flag.Flag // may be decided otherwise in the same version
}

// NewFlags makes the options ready.
func NewFlags(o Options) *Flags {
	f := &Flags{set: o.Set, layer: o.Layer, known: o.Known}
	if f.layer == nil {
		f.layer = func(*flag.Flag) *flag.Layer { return nil }
	}
	h := sha256.New()
	for _, d := range f.all() {
		l := f.layer(d)
		writeLayer(h, d, l)
		if isRestive(d, l) {
			f.restive = append(f.restive, d)
		}
	}
	if f.set != nil {
		sum := f.set.Sum()
		h.Write(sum[:])
	}
	f.version = short(h.Sum(nil))
	return f
}

// all are all flags, sorted by key.
func (f *Flags) all() []*flag.Flag {
	if f.set == nil {
		return nil
	}
	return f.set.Flags()
}

// flag is the flag of a key, nil if there is none.
func (f *Flags) flag(key string) *flag.Flag {
	if f.set == nil {
		return nil
	}
	return f.set.Flag(key)
}

// Version tells these flags from others, in this process and in others: what is defined,
// and what is set over it.
func (f *Flags) Version() string { return f.version }

// isRestive reports whether a flag may be decided otherwise though its version is the
// same: by the clock, or by the end of a ramp.
func isRestive(d *flag.Flag, l *flag.Layer) bool {
	if d.AsksClock() {
		return true
	}
	if l == nil || l.Ramp == nil {
		return false
	}
	for _, s := range l.Ramp.Segments {
		if s.AsksClock() {
			return true
		}
	}
	return l.Ramp.Out != nil
}

// writeLayer writes what is set over a flag, if anything is.
func writeLayer(w io.Writer, d *flag.Flag, l *flag.Layer) {
	if l == nil {
		return
	}
	fmt.Fprintf(w, "%q %t %t %q", d.Key(), l.Disabled, l.Enabled, nameOf(l.Force))
	if r := l.Ramp; r != nil {
		fmt.Fprintf(w, " %q %q %d", nameOf(r.To), nameOf(r.Rest), r.Share)
		for _, s := range r.Segments {
			fmt.Fprintf(w, " %q", s.Name())
		}
	}
	fmt.Fprintln(w)
}

// nameOf is the name of a variant, "" of none.
func nameOf(v *flag.Variant) string {
	if v == nil {
		return ""
	}
	return v.Name()
}

// short is enough of a sum that nobody meets two alike.
func short(sum []byte) string { return hex.EncodeToString(sum[:16]) }
