package nginx

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"weir/config"
)

// inPath is what of a problem's path says which upstream or route has it.
var inPath = regexp.MustCompile(`^(upstreams|routes)(?:\[([0-9]+)\]|\.([A-Za-z0-9_-]+|"[^"]*"))`)

// checkText refuses what package config refuses, where it comes from: a value that is
// good for NGINX and not for Weir.
func (im *importer) checkText(text []byte) {
	_, err := config.Parse(im.config.File, text)
	if err == nil {
		return
	}
	invalid, ok := errors.AsType[*config.Invalid](err)
	if !ok {
		im.say.refuseRouting(im.httpDirective(), err.Error())
		return
	}
	for _, p := range invalid.Problems {
		d := im.httpDirective()
		if m := inPath.FindStringSubmatch(p.Path); m != nil {
			if found := im.origin(m[2], strings.Trim(m[3], `"`)); found != nil {
				d = found
			}
		}
		im.say.refuseRouting(d, fmt.Sprintf("Weir's file cannot say it: %s: %s", p.Path, p.Msg))
	}
}

// origin is what the route at an index, or the upstream of a name, comes from.
func (im *importer) origin(index, name string) *Directive {
	if i, err := strconv.Atoi(index); err == nil && i < len(im.routes) {
		return im.routes[i].answer.d
	}
	for _, m := range im.made {
		if m.name == name {
			return m.d
		}
	}
	return nil
}
