package nginx

import (
	"fmt"
	"regexp"
	"strings"
)

// label is what in a server's name or in the remark behind it says its version.
var label = regexp.MustCompile(`(?i)(?:^|[^a-z0-9])(v[0-9]+(?:[._-][0-9]+)*|stable|canary|blue|green|old|new|current|next|previous|beta|release)(?:[^a-z0-9]|$)`)

// versionsOf are the versions of a block: one, unless its servers look like a canary
// and versions are wanted.
func (im *importer) versionsOf(b *block) []part {
	one := []part{{name: "v1", percent: -1, block: b, servers: b.servers}}
	parts := canary(b)
	if parts == nil {
		return one
	}
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	if !im.options.Versions {
		hint := fmt.Sprintf("%s: upstream %s looks like a canary: --versions makes the versions %s of it", b.d.Place, b.name, strings.Join(names, " and "))
		for _, had := range im.hints {
			if had == hint {
				return one
			}
		}
		im.hints = append(im.hints, hint)
		return one
	}
	return parts
}

// canary are the versions that the servers of a block look like: two or more whose
// weights together differ, named by their servers or by size. nil where they do not.
func canary(b *block) []part {
	if b.method != nil || b.by["sticky"] != nil || len(b.servers) < 2 {
		return nil
	}
	var parts []part
	most, total := 0, 0
	unnamed := false
	for _, s := range b.servers {
		if s.backup || s.state != "" {
			return nil // its endpoints are more than a split
		}
		most, total = max(most, s.weight), total+s.weight
	}
	for _, s := range b.servers {
		name := ""
		if m := label.FindStringSubmatch(s.d.Remark); m != nil {
			name = strings.ToLower(m[1])
		} else if m := label.FindStringSubmatch(s.host); m != nil {
			name = strings.ToLower(m[1])
		}
		if name == "" {
			unnamed, name = true, "stable"
			if s.weight < most {
				name = "canary"
			}
		}
		parts = addServer(parts, b, name, s)
	}
	for _, p := range parts[1:] {
		if unnamed && float64(min(p.weight, parts[0].weight)) > smallest*float64(total) {
			return nil
		}
		if p.weight != parts[0].weight {
			return parts
		}
	}
	return nil
}

// smallest is the largest part of the requests that a canary has whose servers say no
// version: above that they are more likely machines of another size.
const smallest = 0.2

// addServer adds a server to the version of a name.
func addServer(parts []part, b *block, name string, s *serverLine) []part {
	for i := range parts {
		if parts[i].name == name {
			parts[i].servers = append(parts[i].servers, s)
			parts[i].weight += s.weight
			return parts
		}
	}
	return append(parts, part{name: name, percent: -1, weight: s.weight, block: b, servers: []*serverLine{s}})
}
