package proxy

import "weir/proxy/internal/http1"

// Rewrite changes what a route passes on. The zero value changes nothing.
type Rewrite struct {
	// From and To replace the beginning of the path where it is From, or goes on
	// behind From with "/": the bytes behind it, query included, stay as they were
	// sent. Both begin with "/"; From "" replaces nothing.
	From, To string
	Request  HeaderEdits // of what goes to the endpoint
	Response HeaderEdits // of final answers to the client, also of the route's own
}

// HeaderEdits change the headers of a message: those named in Set and Remove are
// taken out, those in Set and Append written behind what is left. Names are letters,
// digits and "-". Host, framing, headers of one hop and those that Weir says itself
// are refused.
type HeaderEdits struct {
	Set, Append []Header
	Remove      []string
}

type (
	// Header is one header to write.
	Header = http1.Header
	// Part is a piece of a value. The variables are client, host, method, target,
	// path, query, search and scheme, header_, cookie_ and query_ with a name behind, and of an
	// attempt upstream, version and endpoint.
	Part = http1.Part
)

// rewrite is a Rewrite made ready.
type rewrite struct {
	prefix            *http1.Prefix
	request, response *http1.Edits
}

func (r *Rewrite) compile() (out rewrite, err error) {
	if r.From != "" {
		out.prefix = http1.NewPrefix(r.From, r.To)
	}
	if out.request, err = http1.NewEdits(r.Request.Set, r.Request.Append, r.Request.Remove); err != nil {
		return rewrite{}, err
	}
	out.response, err = http1.NewEdits(r.Response.Set, r.Response.Append, r.Response.Remove)
	return out, err
}

// facts are what variables stand for, in a message of the attempt.
func (x *exchange) facts(a *attempt) http1.Facts {
	f := x.ownFacts()
	f.Upstream, f.Version, f.Endpoint = a.upstream.Name, a.version.Name, a.endpoint.Address
	return f
}

// ownFacts are the same without an attempt.
func (x *exchange) ownFacts() http1.Facts {
	return http1.Facts{Request: &x.req, ClientIP: x.clientIP(), Scheme: x.Scheme()}
}
