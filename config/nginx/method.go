package nginx

import "strings"

// writeMethod writes how the endpoints of a block take turns.
func (im *importer) writeMethod(b *block, out *mapping) {
	d := b.method
	if d == nil {
		return
	}
	im.say.honour(d)
	switch d.Name {
	case "least_conn", "ip_hash":
		out.set("balance", d.Name)
	case "hash":
		im.writeHash(d, out)
	case "random":
		im.writeRandom(d, out)
	case "least_time":
		out.set("balance", "least_time")
		im.writeLeastTime(d, d.Args, out)
	}
}

// consistent says whether keys keep to servers when others come and go.
func (b *block) consistent() bool {
	return b.method != nil && b.method.Name == "hash" && b.method.Arg(1) == "consistent"
}

func (im *importer) writeHash(d *Directive, out *mapping) {
	out.set("balance", "hash")
	key, why, ok := im.plainText(d.Arg(0), ownVariables)
	switch {
	case !ok:
		im.say.refuseRouting(d, why)
	case why != "":
		im.say.approximate(d, why)
	}
	out.set("hash_key", key)
	switch d.Arg(1) {
	case "":
	case "consistent":
		out.set("consistent", "true")
	default:
		im.fault(d, "%q: want consistent, or nothing", d.Arg(1))
	}
}

func (im *importer) writeRandom(d *Directive, out *mapping) {
	if len(d.Args) == 0 {
		out.set("balance", "random")
		return
	}
	if d.Arg(0) != "two" {
		im.fault(d, "%q: want two, or nothing", d.Arg(0))
	}
	out.set("balance", "random_two")
	how, until, _ := strings.Cut(d.Arg(1), "=")
	switch {
	case how == "" || how == "least_conn" && until == "":
		out.set("random_two", "least_conn")
	case how == "least_time":
		out.set("random_two", "least_time")
		im.writeLeastTime(d, []Word{{Text: until}}, out)
	default:
		im.fault(d, "%q: want least_conn or least_time=header or least_time=last_byte", d.Arg(1))
	}
}

// writeLeastTime writes what a time is measured until: words are header or
// last_byte, and perhaps inflight.
func (im *importer) writeLeastTime(d *Directive, words []Word, out *mapping) {
	m := &mapping{}
	switch words[0].Text {
	case "header", "last_byte":
		m.set("until", words[0].Text)
	default:
		im.fault(d, "%q: want header or last_byte", words[0].Text)
	}
	if len(words) > 1 {
		if words[1].Text != "inflight" {
			im.fault(d, "%q: want inflight, or nothing", words[1].Text)
		}
		m.set("inflight", "true")
	}
	out.set("least_time", m)
}
