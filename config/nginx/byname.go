package nginx

import (
	_ "embed"
	"strings"
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

var byName, byPrefix = parseVerdicts(verdictsText)

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
			panic("BUG: verdicts.txt: " + line)
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
	if k, ok := byName[name]; ok {
		return k, true
	}
	for i := len(name); i > 0; i-- {
		if k, ok := byPrefix[name[:i]]; ok {
			return k, true
		}
	}
	return known{}, false
}

// sayByName says of a directive that nothing was said of what is known of its name.
// One that is translated and was never reached changes nothing.
func (v verdicts) sayByName(d, within *Directive) {
	k, ok := lookUp(d.Name)
	switch _, exists := ruleOf(d.Name, 'h'); {
	case ok && len(d.Args) == 1 && d.Arg(0) == "off":
		v.honour(d)
	case ok:
		v.say(d, k.verdict, k.why, k.fatal)
	case exists:
		v.note(d, "changes nothing here")
	case d.Kind == Foreign, strings.HasSuffix(d.Name, "_by_lua"), strings.HasSuffix(d.Name, "_by_lua_file"):
		v.say(d, Refused, "there are no scripts", decides(d.Name))
	default:
		v.say(d, Refused, "no directive of NGINX that is known here", within != nil && (d.Kind == Braces || strings.HasSuffix(d.Name, "_pass")))
	}
}

// decides reports whether a script of that name may decide who gets which request.
func decides(name string) bool {
	for _, phase := range []string{"set_by", "rewrite_by", "access_by", "content_by", "balancer_by"} {
		if strings.HasPrefix(name, phase) {
			return true
		}
	}
	return false
}
