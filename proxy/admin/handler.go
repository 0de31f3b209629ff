package admin

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"weir/proxy/admin/access"
	"weir/proxy/admin/api"
	"weir/proxy/admin/audit"
)

// Options are what New and NewServer need. Backend, Events and Metrics are
// required.
type Options struct {
	Backend Backend
	Events  *EventLog
	// Metrics takes one reading of everything /metrics shows; it is called once
	// per scrape, from any goroutine.
	Metrics func() Metrics
	// Address is the configured host:port of the listener. Requests may name its
	// host in Host; loopback names and addresses are accepted always. Default:
	// only those.
	Address string
	// URL is where operators' browsers reach this server, for pages that links lead to:
	// such requests may name its host, and come from its pages. "": nowhere else.
	URL string
	// Tokens are who may use the API. nil: whoever can reach the listener, with role
	// operate.
	Tokens *access.Keyring
	// Certificates says the role of a client certificate by its common name, "" for none;
	// such a certificate is as good as a token. nil: certificates say nothing.
	Certificates func(name string) api.Role
	// Audit keeps who changes what. nil: nobody does.
	Audit *audit.Log
	// Heartbeat is the time between two comments on a silent event stream.
	// Default api.Heartbeat.
	Heartbeat time.Duration
	// Log gets errors that are nobody's command: a bug of the backend, a broken
	// connection. Default: nothing is logged.
	Log zerolog.Logger
}

// server holds what the handlers share. It has no mutable state of its own.
type server struct {
	backend      Backend
	events       *EventLog
	hosts        hosts
	public       *url.URL // nil: none
	tokens       *access.Keyring
	limiter      *access.Limiter
	certificates func(string) api.Role
	replays      *replays
	audit        *audit.Log
	heartbeat    time.Duration
	log          zerolog.Logger
}

// New is the handler of the whole admin listener. It starts nothing. Without tokens it
// serves whoever can reach the listener, so that listener must be a loopback one; the
// checks of Host and Origin keep web pages from using the operator's browser.
func New(o Options) http.Handler {
	s := &server{
		backend: o.Backend, events: o.Events, hosts: newHosts(o.Address), heartbeat: o.Heartbeat, log: o.Log,
		tokens: o.Tokens, limiter: access.NewLimiter(), certificates: o.Certificates, replays: newReplays(replaysMost, replaysBytes), audit: o.Audit,
	}
	if u, err := url.Parse(o.URL); err == nil && u.Host != "" {
		s.public = u
	}
	if s.heartbeat <= 0 {
		s.heartbeat = api.Heartbeat
	}
	mux := http.NewServeMux()
	for pattern, methods := range s.routes(o) {
		mux.Handle(pattern, s.recorded(pattern, methods, s.allow(pattern, s.once(pattern, byMethod(methods)))))
	}
	mux.HandleFunc("/", notFound)
	return s.guard(exactPaths(mux))
}

// exactPaths refuses what net/http would redirect to a path without empty, . and
// .. elements, with a page of HTML: a client that builds such paths should hear it.
func exactPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.URL.EscapedPath() // %2E is a name
		exact := path.Clean(given)
		if exact != "/" && strings.HasSuffix(given, "/") {
			exact += "/"
		}
		if given != exact {
			notFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var verbs = []api.Verb{api.Promote, api.Pause, api.Resume, api.Abort}

// routes is the whole contract of paths and methods; openapi.yaml has what each takes
// and answers.
func (s *server) routes(o Options) map[string]map[string]http.HandlerFunc {
	const upstream = "/v1/upstreams/{upstream}"
	type on = map[string]http.HandlerFunc
	r := map[string]on{
		"/v1/upstreams":                    {"GET": s.getUpstreams},
		upstream:                           {"GET": s.getUpstream},
		upstream + "/split":                {"PUT": s.putSplit},
		upstream + "/rollout":              {"GET": s.getRollout, "POST": s.postRollout},
		upstream + "/rollout/plan":         {"GET": s.getPlan},
		upstream + "/rollout/gates":        {"GET": s.getGates},
		upstream + "/rollout/gates/{gate}": {"POST": s.postGate},
		approvePath + "{token}":            {"GET": s.getApprove, "POST": s.postApprove},
		upstream + "/history":              {"GET": s.getHistory},
		upstream + "/series":               {"GET": s.getSeries},
		upstream + "/undo":                 {"POST": s.postUndo},
		upstream + "/endpoints/{address}":  {"PATCH": s.patchEndpoint},
		upstream + "/read-only":            {"PUT": s.putReadOnly},
		"/v1/audit":                        {"GET": s.getAudit},
		eventsPath:                         {"GET": s.getEvents},
		"/v1/reload":                       {"POST": s.postReload},
		"/v1/config":                       {"GET": s.getConfig},
		"/v1/status":                       {"GET": s.getStatus},
		"/healthz":                         {"GET": s.getHealthz},
		"/readyz":                          {"GET": s.getReadyz},
		profilePath + "{$}":                {"GET": getProfile},
		profilePath + "{name}":             {"GET": getProfile},
		"/metrics":                         {"GET": metricsHandler(o.Metrics, o.Log)},
		"/openapi.yaml":                    {"GET": s.getOpenAPI},
	}
	s.groupRoutes(r)
	newUI().routes(r)
	for _, verb := range verbs {
		r[upstream+"/rollout/"+string(verb)] = on{"POST": s.postVerb(verb)}
	}
	return r
}

// byMethod answers HEAD wherever there is a GET, and 405 for the rest.
func byMethod(methods map[string]http.HandlerFunc) http.HandlerFunc {
	if get := methods[http.MethodGet]; get != nil {
		methods[http.MethodHead] = get // net/http keeps the body back
	}
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		h := methods[r.Method]
		if h == nil {
			w.Header().Set("Allow", allow)
			refuse(w, http.StatusMethodNotAllowed, r.Method+" "+r.URL.Path+": want "+allow)
			return
		}
		h(w, r)
	}
}

func notFound(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusNotFound, r.URL.Path+": no such path")
}
