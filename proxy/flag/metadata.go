package flag

import "encoding/json"

// metadata reads what a flag or a file says about itself.
func (p place) metadata() []Member {
	var out []Member
	p.members("an object of texts, numbers, true or false by name", func(name string, at place) {
		if k := at.node.Kind; k != Text && k != Number && k != Bool {
			at.fail("%s: want a text, a number, true or false", k)
			return
		}
		out = append(out, *at.name)
	})
	return out
}

// merged is what a file says of all its flags, under what one of them says itself.
func merged(file, flag []Member) []Member {
	var out []Member
	for _, m := range file {
		if find(flag, m.Name) == nil {
			out = append(out, m)
		}
	}
	return append(out, flag...)
}

func find(members []Member, name string) *Node {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// common is what all files say alike.
func common(files [][]Member) []Member {
	var out []Member
	for _, m := range files[0] {
		said := string(m.Value.appendJSON(nil))
		alike := true
		for _, other := range files[1:] {
			n := find(other, m.Name)
			alike = alike && n != nil && string(n.appendJSON(nil)) == said
		}
		if alike {
			out = append(out, m)
		}
	}
	return out
}

// object is members as JSON; nil where there are none.
func object(members []Member) json.RawMessage {
	if len(members) == 0 {
		return nil
	}
	return (&Node{Kind: Object, Members: members}).appendJSON(nil)
}
