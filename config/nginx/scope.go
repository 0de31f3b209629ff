package nginx

// scope is a block and those around it, from which it inherits.
type scope struct {
	around *scope // nil at http
	block  []*Directive
}

func (s *scope) within(d *Directive) *scope { return &scope{around: s, block: d.Block} }

// own are the directives of a name in the block itself.
func (s *scope) own(name string) []*Directive {
	var out []*Directive
	for _, d := range s.block {
		if d.Name == name {
			out = append(out, d)
		}
	}
	return out
}

// all are the directives of a name in the nearest block that has any: those of the
// blocks around it are lost then, as NGINX does with lists.
func (s *scope) all(name string) []*Directive {
	for ; s != nil; s = s.around {
		if list := s.own(name); len(list) > 0 {
			return list
		}
	}
	return nil
}

// find is the directive of a name in the nearest block that has it, nil where none
// has.
func (s *scope) find(name string) *Directive {
	if list := s.all(name); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}
