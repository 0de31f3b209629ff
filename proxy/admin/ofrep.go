package admin

import (
	"net/http"
	"strings"

	"weir/proxy/admin/access"
	"weir/proxy/admin/ofrep"
)

// ofrepPath begins the paths of the OpenFeature Remote Evaluation Protocol.
const ofrepPath = "/ofrep/"

const bulkPath = ofrepPath + "v1/evaluate/flags"

// apiKey is the other header of that protocol that has a token.
const apiKey = "X-API-Key"

// noFlags is a source without any.
type noFlags struct{ none *ofrep.Flags }

func (n noFlags) Flags() (*ofrep.Flags, <-chan struct{}) { return n.none, nil }

// ofrepRoutes are the protocol's.
func (s *server) ofrepRoutes() routes {
	return routes{
		bulkPath:            {evaluators, on{"POST": s.postFlags}},
		bulkPath + "/{key}": {evaluators, on{"POST": s.postFlag}},
		ofrep.EventsPath:    {evaluators, on{"GET": s.getFlagEvents}},
	}
}

func (s *server) postFlag(w http.ResponseWriter, r *http.Request) {
	s.ofrep.Single(w, r, r.PathValue("key"))
}

func (s *server) postFlags(w http.ResponseWriter, r *http.Request) {
	ticket := ""
	if callerOf(r).By == access.ByToken {
		token, _ := bearerOf(said(r))
		ticket = s.tokens.Ticket(token)
	}
	s.ofrep.Bulk(w, r, ticket)
}

func (s *server) getFlagEvents(w http.ResponseWriter, r *http.Request) {
	s.ofrep.Events(w, r, func() (ok bool, again [2]<-chan struct{}) {
		again[0], again[1] = s.others() // before it is asked again: a change in between is not missed
		_, wrong := s.identify(r)
		return wrong == "", again
	})
}

// said is how a request says its token. One for flags may do so in X-API-Key; what it has
// in Authorization is a user's then, and for the rules.
func said(r *http.Request) []string {
	if !strings.HasPrefix(r.URL.Path, ofrepPath) || len(r.Header.Values(apiKey)) == 0 {
		return r.Header.Values("Authorization")
	}
	var out []string
	for _, key := range r.Header.Values(apiKey) {
		out = append(out, "Bearer "+key)
	}
	return out
}

// bearerOf is the token out of what was said; false where that has another form.
func bearerOf(said []string) (token string, ok bool) {
	if len(said) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(said[0], " ")
	token = strings.TrimLeft(token, " ")
	return token, ok && token != "" && strings.EqualFold(scheme, "Bearer")
}

// ticketed identifies by what stands for a token in the address of a stream.
func (s *server) ticketed(r *http.Request) (who access.Who, wrong string) {
	if r.URL.Path != ofrep.EventsPath || !r.URL.Query().Has(ofrep.TicketQuery) {
		return who, noToken
	}
	who, ok := s.tokens.FindTicket(r.URL.Query().Get(ofrep.TicketQuery))
	if !ok {
		return who, wrongTicket
	}
	return who, ""
}

// trimBulk serves the path of all flags with a slash behind it, too: some clients ask so.
func trimBulk(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() == bulkPath+"/" {
			u := *r.URL
			u.Path, u.RawPath = bulkPath, ""
			r = r.WithContext(r.Context())
			r.URL = &u
		}
		next.ServeHTTP(w, r)
	})
}
