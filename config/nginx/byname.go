package nginx

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"weir/config"
)

// verdictsText is what becomes of directives that are not translated, in a form that
// its first lines explain.
//
//go:embed verdicts.txt
var verdictsText string

// known is what is said of a name.
type known struct {
	verdict Verdict
	fatal   bool
	why     string
}

// modulesText is the same of directives of modules that NGINX does not come with.
//
//go:embed modules.txt
var modulesText string

var (
	byName, byPrefix         = parseVerdicts(verdictsText)
	byModule, byModulePrefix = parseVerdicts(modulesText)
)

func parseVerdicts(text string) (exact, prefixes map[string]known) {
	exact, prefixes = map[string]known{}, map[string]known{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		word, why, _ := strings.Cut(rest, " ")
		k := known{why: why}
		switch word {
		case "honoured":
		case "approximated":
			k.verdict = Approximated
		case "refused":
			k.verdict = Refused
		case "fatal":
			k.verdict, k.fatal = Refused, true
		default:
			panic("BUG: a verdict: " + line)
		}
		if prefix, all := strings.CutSuffix(name, "*"); all {
			prefixes[prefix] = k
		} else {
			exact[name] = k
		}
	}
	return exact, prefixes
}

func lookUp(name string) (known, bool) {
	if k, ok := lookUpIn(byName, byPrefix, name); ok {
		return k, true
	}
	if _, ok := ruleOf(name, 'h'); ok {
		return known{}, false // NGINX's own, which a module's beginning may be too
	}
	return lookUpIn(byModule, byModulePrefix, name)
}

func lookUpIn(exact, prefixes map[string]known, name string) (known, bool) {
	if k, ok := exact[name]; ok {
		return k, true
	}
	for i := len(name); i > 0; i-- {
		if k, ok := prefixes[name[:i]]; ok {
			return k, true
		}
	}
	return known{}, false
}

// sayByName says of a directive that nothing was said of what is known of its name.
// One that is translated and was never reached changes nothing.
func (v verdicts) sayByName(d *Directive) {
	k, ok := lookUp(d.Name)
	switch _, exists := ruleOf(d.Name, 'h'); {
	case ok && len(d.Args) == 1 && d.Arg(0) == "off":
		v.honour(d)
	case ok:
		v.say(d, k.verdict, k.why, k.fatal)
	case exists:
		v.note(d, "changes nothing here")
	case isScript(d):
		v.say(d, Refused, "there are no scripts", decides(d.Name))
	default:
		v.refuseUnknown(d, false)
	}
}

// refuseUnknown refuses what neither NGINX nor a module that is known here has. It
// ends the import where it is nearly a name of NGINX's, which would not start then,
// and where it answers, as far as anybody can tell.
func (v verdicts) refuseUnknown(d *Directive, answers bool) {
	why := "no directive of NGINX or of a module that is known here"
	near := config.Nearest(d.Name, ownNames)
	if near != "" {
		why += ", did you mean " + near + "?"
	}
	v.say(d, Refused, why, answers || near != "")
}

// isUnknown reports whether nothing is known of the directive's name.
func isUnknown(d *Directive) bool {
	_, known := lookUp(d.Name)
	_, exists := ruleOf(d.Name, 'h')
	return !known && !exists && !isScript(d)
}

func isScript(d *Directive) bool {
	return d.Kind == Foreign || strings.HasSuffix(d.Name, "_by_lua") || strings.HasSuffix(d.Name, "_by_lua_file")
}

// ownNames are the directives of NGINX, in order.
var ownNames = append(slices.Sorted(maps.Keys(rules)), "server")

// decides reports whether a script of that name may decide who gets which request.
func decides(name string) bool {
	for _, phase := range []string{"set_by", "rewrite_by", "access_by", "content_by", "balancer_by"} {
		if strings.HasPrefix(name, phase) {
			return true
		}
	}
	return false
}
