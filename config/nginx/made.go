package nginx

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/config"
)

// made is an upstream of the file that is written.
type made struct {
	name  string
	pass  passing
	d     *Directive // the first proxy_pass that leads to it
	parts []part
}

// part is one version of it.
type part struct {
	name    string
	percent float64 // of the requests; -1 where there is one version, or weights count
	weight  int     // where they do
	block   *block  // nil where it is one address
	servers []*serverLine
}

// use returns the name of the upstream that requests go to when they are passed on
// like this, and makes it where there is none yet.
func (im *importer) use(wanted string, p passing, d *Directive, parts []part) string {
	for _, m := range im.made {
		if m.pass == p {
			return m.name
		}
	}
	m := &made{name: im.freeName(wanted), pass: p, d: d, parts: parts}
	im.made = append(im.made, m)
	for _, other := range im.made {
		if other != m && other.pass.name == p.name && other.pass.shares == p.shares {
			im.say.approximate(d, fmt.Sprintf("passes on otherwise than another location: upstream %s, with endpoints, failures and turns of its own", m.name))
			break
		}
	}
	return m.name
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// weirName is s as the name of an upstream or a listener.
func weirName(s string) string {
	s = strings.Trim(notInName.ReplaceAllString(s, "-"), "-_.")
	if len(s) > 55 {
		s = s[:55] // there is room for a number behind it
	}
	return cmp.Or(s, "upstream")
}

// freeName is a name that no upstream has yet.
func (im *importer) freeName(wanted string) string {
	wanted = weirName(wanted)
	name := wanted
	for n := 2; slices.ContainsFunc(im.made, func(m *made) bool { return m.name == name }); n++ {
		name = wanted + "-" + strconv.Itoa(n)
	}
	return name
}

// write is the upstream in the shape of Weir's file.
func (im *importer) write(m *made) *mapping {
	out := &mapping{}
	versions := &mapping{}
	stable := 0
	for i, p := range m.parts {
		if cmp.Compare(p.percent, m.parts[stable].percent) > 0 || p.percent < 0 && p.weight > m.parts[stable].weight {
			stable = i
		}
	}
	for _, p := range m.parts {
		v := &mapping{}
		switch {
		case len(m.parts) == 1:
		case p.percent >= 0:
			v.set("weight", percentText(p.percent))
		default:
			v.set("weight", strconv.Itoa(p.weight))
		}
		v.set("endpoints", im.endpoints(p))
		versions.set(p.name, v)
	}
	if len(m.parts) > 1 {
		out.set("stable", m.parts[stable].name)
	}
	out.set("versions", versions)
	im.writeGroup(m.parts[stable].block, m, out)
	for i, p := range m.parts {
		if i != stable && p.block != nil && p.block != m.parts[stable].block {
			im.sameGroup(p.block, m.parts[stable])
		}
	}
	m.pass.write(out)
	im.writeHealth(m, out)
	return out
}

// sameGroup says of a block that is a version beside another one what of it does not
// hold: what is said of an upstream is said once.
func (im *importer) sameGroup(b *block, stable part) {
	im.say.honour(b.d)
	for _, d := range b.d.Block {
		if d.Name != "server" && d.Name != "zone" && im.say[d] == nil {
			im.say.approximate(d, "for all versions that of "+stable.name+" holds")
		}
	}
}

// percentText is a share as Weir's file has it.
func percentText(p float64) string {
	return strconv.FormatFloat(math.Round(p*1e6)/1e6, 'f', -1, 64) + "%"
}

// write writes what is said of the way to an upstream.
func (p passing) write(out *mapping) {
	t := &mapping{}
	t.set("connect", config.ShowDuration(p.connect))
	t.set("response", config.ShowDuration(p.read))
	t.set("idle", config.ShowDuration(max(p.read, p.send)))
	t.set("tunnel", config.ShowDuration(p.read))
	out.set("timeouts", t)
	r := &mapping{}
	r.set("tries", strconv.Itoa(p.retry.tries))
	if p.retry.tries > 1 {
		r.set("on", orEmptyList(p.retry.on))
		r.set("budget", "100%")
		if p.retry.timeout > 0 {
			r.set("timeout", config.ShowDuration(p.retry.timeout))
		}
		if p.retry.any {
			r.set("non_idempotent", "true")
		}
	}
	out.set("retry", r)
	if p.buffering {
		b := &mapping{}
		b.set("request", "1MiB")
		out.set("buffer", b)
	}
	if p.host != "preserve" {
		out.set("host", p.host)
	}
	if s := p.secure; s.on {
		t := &mapping{}
		for _, e := range []entry{{key: "server_name", value: s.serverName}, {key: "ca", value: s.ca}, {key: "cert", value: s.cert}, {key: "key", value: s.key}} {
			if e.value != "" {
				t.set(e.key, e.value)
			}
		}
		t.set("verify", strconv.FormatBool(s.verify))
		out.set("tls", t)
	}
}

// orEmptyList is a list of words out of one with commas.
func orEmptyList(words string) any {
	if words == "" {
		return emptyList{}
	}
	return strList(strings.Split(words, ","))
}
