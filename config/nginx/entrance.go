package nginx

// entrance is what a route says of the way that requests come in. The zero value is
// every way.
type entrance struct {
	scheme    string   // http or https
	listeners []string // names of listeners, in the order of the file
}

// hall is the sockets that lead to the same servers for the same hosts.
type hall struct {
	table   hostTable
	sockets []*socket
}

// halls are the sockets of all servers by where they lead.
func (im *importer) halls(sockets []*socket) []*hall {
	var out []*hall
	for _, s := range sockets {
		t := s.table(im)
		var of *hall
		for _, h := range out {
			if h.table.equal(t) {
				of = h
			}
		}
		if of == nil {
			of = &hall{table: t}
			out = append(out, of)
		}
		of.sockets = append(of.sockets, s)
	}
	return out
}

// writeRoutes makes the routes of all hosts, of each hall apart.
func (im *importer) writeRoutes(halls []*hall) {
	for _, h := range halls {
		h.table.write(im, im.entrance(h, halls))
	}
}

// entrance is what the routes of a hall say of it: nothing where there is one, and the
// scheme where that tells the halls apart. A proxy that is believed can say another scheme
// than the listener's, and NGINX goes by the listener.
func (im *importer) entrance(h *hall, all []*hall) entrance {
	if len(all) == 1 {
		return entrance{}
	}
	if len(all) == 2 && all[0].scheme() != "" && all[1].scheme() != "" && all[0].scheme() != all[1].scheme() && !im.trusting {
		return entrance{scheme: h.scheme()}
	}
	var in entrance
	for _, s := range h.sockets {
		in.listeners = append(in.listeners, s.name)
	}
	return in
}

// scheme is that of all sockets, "" where they have several.
func (h *hall) scheme() string {
	scheme := h.sockets[0].scheme()
	for _, s := range h.sockets {
		if s.scheme() != scheme {
			return ""
		}
	}
	return scheme
}

func (s *socket) scheme() string {
	if s.secure {
		return "https"
	}
	return "http"
}
