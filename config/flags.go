package config

import (
	"slices"

	"weir/proxy/flag"
)

// Flags is what there is of flags: where they are defined, what is known of a request
// when one is decided for it, and which decisions go upstream.
type Flags struct {
	Files   []string // of definitions, JSON or YAML, absolute; at least one, each once
	Context FlagContext
	Pass    FlagPass
	// Rollouts say how variants come to users, by flag, in the order of the file.
	Rollouts []FlagRollout
	OFREP    *OFREP // nil: they are decided for applications on the admin API alone, for none but its own pages

	// Set is what the files define. Only Load reads them: of a Config that Parse has made
	// it is nil.
	Set *flag.Set
}

// FlagPass is which decisions an upstream is told: keys of flags, each once.
type FlagPass struct {
	Headers []string // in X-Flag-KEY
	Baggage []string // in an entry flag.KEY of the header baggage
}

const (
	wantFlagFile = "a file with definitions of flags, like flags.json"
	wantFlag     = "the key of a flag"
)

// flagReference is the key of a flag that stands elsewhere than in its definition, with
// the variants of it that are named beside it.
type flagReference struct {
	flag     *reference
	variants []*reference
	segments []*reference
	passed   string // "header", "baggage entry": what it is written into; "": nothing
}

func flags(dst **Flags, refs *references) func(value) {
	return func(v value) {
		f := &Flags{}
		v.object(fields{
			"files":    need("a list of files with definitions", f.readFiles(refs)),
			"context":  may(f.Context.read),
			"pass":     may(f.Pass.read(refs)),
			"rollouts": may(flagRollouts(&f.Rollouts, refs)),
			"ofrep":    may(ofrep(&f.OFREP, refs)),
		})
		*dst = f
	}
}

func (f *Flags) readFiles(refs *references) func(value) {
	return func(v value) {
		once := unique{}
		v.list(wantFlagFile, 1, func(item value) {
			var file string
			once.check(&file, path(&file, wantFlagFile))(item)
			f.Files = append(f.Files, file)
			refs.definitions = append(refs.definitions, item)
		})
	}
}

func (p *FlagPass) read(refs *references) func(value) {
	keys := func(dst *[]string, as string) field {
		return may(func(v value) {
			once := unique{}
			v.list(wantFlag, 1, func(item value) {
				var key string
				once.check(&key, func(v value) {
					ref := refer(v, wantFlag)
					key = ref.name
					refs.flags = append(refs.flags, &flagReference{flag: ref, passed: as})
				})(item)
				*dst = append(*dst, key)
			})
		})
	}
	return func(v value) {
		v.object(fields{
			"headers": keys(&p.Headers, "header"),
			"baggage": keys(&p.Baggage, "baggage entry"),
		})
	}
}

func (f *Flags) document() map[string]any {
	doc := map[string]any{"files": slices.Clone(f.Files)}
	if c := f.Context.document(); len(c) > 0 {
		doc["context"] = c
	}
	pass := map[string]any{}
	if len(f.Pass.Headers) > 0 {
		pass["headers"] = f.Pass.Headers
	}
	if len(f.Pass.Baggage) > 0 {
		pass["baggage"] = f.Pass.Baggage
	}
	if len(pass) > 0 {
		doc["pass"] = pass
	}
	if len(f.Rollouts) > 0 {
		rollouts := map[string]any{}
		for i := range f.Rollouts {
			rollouts[f.Rollouts[i].Flag] = f.Rollouts[i].document()
		}
		doc["rollouts"] = rollouts
	}
	if f.OFREP != nil {
		doc["ofrep"] = f.OFREP.document()
	}
	return doc
}
