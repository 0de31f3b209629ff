package http1

import "net/netip"

// Origin is what a trusted peer says of where a request comes from. A request of any
// other peer has none.
type Origin struct {
	Client netip.Addr // nearest address that is not trusted; of several that all are, the farthest
	Text   []byte     // Client in text
	Proto  string     // "http" or "https", as the client used it

	peer      []byte // in text
	host      []byte // X-Forwarded-Host, if it is one
	realIP    []byte // X-Real-IP, if it is one
	nodes     int    // elements of X-Forwarded-For
	skip      int    // of them, those up to the last that cannot be read
	forwarded bool   // Forwarded can be read
	toPeer    string // the scheme that the peer used
}

// Peer is who has sent a request.
type Peer struct {
	Addr   netip.Addr
	Text   []byte // Addr in text
	Scheme string // "http" or "https", as it was used
}

// Read finds the origin of a request that a trusted peer sent. What
// cannot be read is taken as not said, and what stands behind it too: nobody
// knows who wrote that. Forwarded (RFC 7239) is asked when there is no
// X-Forwarded-For. Neither memory nor time depends on more than the head.
func (o *Origin) Read(r *Request, p Peer, trusted []netip.Prefix) {
	*o = Origin{Text: o.Text[:0], Proto: p.Scheme, peer: p.Text, toPeer: p.Scheme}
	w := walk{peer: p.Addr, client: p.Addr, trusted: trusted}
	said, lists, lines, broken := "", 0, 0, false
	var protos, hosts, ips int
	for i := range r.Fields {
		f := &r.Fields[i]
		switch {
		case f.Kind != KindOurs:
		case foldEqual(f.Name, "x-forwarded-for"):
			lists++
			for list := f.Value; len(list) > 0; {
				var node []byte
				node, list = cutElement(list)
				if len(node) > 0 { // empty ones are legal, RFC 9110 §5.6.1
					addr, ok := parseNode(node)
					w.see(addr, ok)
					if o.nodes++; !ok {
						o.skip = o.nodes
					}
				}
			}
		case foldEqual(f.Name, "x-forwarded-proto"):
			protos++
			said = schemeOf(f.Value)
		case foldEqual(f.Name, "x-forwarded-host"):
			hosts++
			if _, ok := hostName(f.Value); ok {
				o.host = f.Value
			}
		case foldEqual(f.Name, "x-real-ip"):
			ips++
			if _, ok := parseAddr(f.Value); ok {
				o.realIP = f.Value
			}
		case foldEqual(f.Name, "forwarded"):
			lines++
			broken = broken || !readable(f.Value)
		}
	}
	o.forwarded = lines > 0 && !broken
	proto := ""
	if lists == 0 && o.forwarded {
		proto = w.forwarded(r)
	}
	if protos == 1 && said != "" { // twice is a contradiction
		proto = said
	}
	if proto != "" {
		o.Proto = proto
	}
	if hosts > 1 {
		o.host = nil
	}
	if ips > 1 {
		o.realIP = nil
	}
	o.Client = w.client
	if o.Client.IsValid() {
		o.Text = o.Client.AppendTo(o.Text)
	}
}

// schemeOf returns the scheme, "" for anything else.
func schemeOf(value []byte) string {
	switch {
	case foldEqual(value, "http"):
		return "http"
	case foldEqual(value, "https"):
		return "https"
	}
	return ""
}

// walk goes along the addresses of a request's way, the farthest first, and knows
// which one is the client's if nothing follows.
type walk struct {
	peer    netip.Addr
	client  netip.Addr // the peer where nothing is known
	known   bool       // client is of the list, and not behind something that cannot be read
	trusted []netip.Prefix
}

// see takes the next address and reports whether it is the client's now.
func (w *walk) see(a netip.Addr, ok bool) bool {
	switch {
	case !ok:
		// Nobody knows who wrote what stands before this, so what follows counts alone.
		w.client, w.known = w.peer, false
		return false
	case w.known && Contains(w.trusted, a):
		return false
	}
	w.client, w.known = a, true
	return true
}

// Contains reports whether one of the networks has the address.
func Contains(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// append appends what Weir says of the way of the request: what the peer said, and
// the peer.
func (o *Origin) append(dst []byte, r *Request, e *Edits) []byte {
	dst = append(dst, "X-Forwarded-For: "...)
	if o.nodes > 0 {
		dst = appendList(dst, r, o.skip)
	} else if string(o.Text) != string(o.peer) {
		dst = append(append(dst, o.Text...), ", "...)
	}
	dst = append(dst, o.peer...)
	dst = append(dst, "\r\nX-Forwarded-Proto: "...)
	dst = append(dst, o.Proto...)
	host := o.host
	if host == nil {
		host = r.Host
	}
	if len(host) > 0 {
		dst = append(append(dst, "\r\nX-Forwarded-Host: "...), host...)
	}
	if o.realIP != nil && !e.Drops("x-real-ip") {
		dst = append(append(dst, "\r\nX-Real-IP: "...), o.realIP...)
	}
	if o.forwarded {
		dst = append(dst, "\r\nForwarded: "...)
		for i := range r.Fields {
			if f := &r.Fields[i]; f.Kind == KindOurs && foldEqual(f.Name, "forwarded") && len(f.Value) > 0 {
				dst = append(append(dst, f.Value...), ", "...)
			}
		}
		dst = appendNode(append(dst, "for="...), o.peer)
		dst = append(append(dst, ";proto="...), o.toPeer...)
	}
	return append(dst, "\r\n"...)
}

// appendList appends the addresses of X-Forwarded-For as they came, but for the first
// so many elements, each with a comma behind it.
func appendList(dst []byte, r *Request, skip int) []byte {
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Kind != KindOurs || !foldEqual(f.Name, "x-forwarded-for") {
			continue
		}
		for list := f.Value; len(list) > 0; {
			var node []byte
			node, list = cutElement(list)
			if len(node) == 0 {
				continue
			}
			if skip--; skip < 0 {
				dst = append(append(dst, node...), ", "...)
			}
		}
	}
	return dst
}

// appendNode appends an address as Forwarded has it (RFC 7239 §6).
func appendNode(dst, addr []byte) []byte {
	for _, c := range addr {
		if c == ':' {
			dst = append(dst, `"[`...)
			return append(append(dst, addr...), `]"`...)
		}
	}
	return append(dst, addr...)
}
