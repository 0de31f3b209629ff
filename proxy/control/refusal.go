package control

import (
	"fmt"
	"strings"

	"weir/config"
)

// Kind is why a change was refused. The zero value is not a kind.
type Kind uint8

// The kinds of refusal.
const (
	NotFound    Kind = iota + 1 // no such upstream, endpoint, revision or version
	Conflict                    // does not fit the present state, for instance a rollout is running
	Stale                       // IfMatch is not the current revision
	Invalid                     // a value out of range, or a file that cannot be applied
	Unavailable                 // could not be kept: the state store does not take it
	Gone                        // could be answered once, and cannot any more
)

// Refusal is the error of every method that changes something and did not. A
// refused change has changed nothing. Its text may be shown to whoever asked:
// what, where, what is allowed; a refused reload has one line per fault.
type Refusal struct {
	Kind Kind
	Msg  string
}

// Error is the text.
func (r *Refusal) Error() string { return r.Msg }

func refuse(k Kind, format string, args ...any) *Refusal {
	return &Refusal{Kind: k, Msg: fmt.Sprintf(format, args...)}
}

// noSuch refuses a name that does not exist; there are the names that do.
func noSuch(where, what, name string, there []string) *Refusal {
	return noneOf(where, what, name, there, there)
}

// noneOf is noSuch, with the names that do as people are to read them.
func noneOf(where, what, name string, there, shown []string) *Refusal {
	like := ""
	if len(there) > 1 { // else there is no doubt
		like = meant(name, there)
	}
	if len(there) == 0 {
		shown = []string{"none"}
	}
	return refuse(NotFound, "%s%s %s does not exist; there are %s%s", where, what, config.Show(name), enumerate(shown), like)
}

// meant ends a message about a name that is not there with the one that probably was
// meant; "" when none is near.
func meant(name string, there []string) string {
	like := config.Nearest(name, there)
	if like == "" {
		return ""
	}
	return "; did you mean " + config.Show(like) + "?"
}

// noUpstream refuses the name of an upstream that does not exist. Most commands take a
// group's where they take an upstream's, so those are named, too.
func (w *world) noUpstream(name string) *Refusal {
	var there, shown []string
	w.ordered(func(u *upstream) { there, shown = append(there, u.name()), append(shown, u.name()) })
	for i := range w.config.Groups {
		g := w.config.Groups[i].Name
		there, shown = append(there, g), append(shown, "group "+g)
	}
	return noneOf("", "upstream", name, there, shown)
}

func (u *upstream) noVersion(name string) *Refusal {
	return noSuch("upstream "+u.name()+": ", "version", name, u.versionNames())
}

// enumerate is names in a message, at most twenty of them.
func enumerate(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
