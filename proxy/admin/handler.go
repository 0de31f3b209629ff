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
	"weir/proxy/admin/ofrep"
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
	// Certificates says whose client certificates are, which are as good as tokens. nil:
	// they say nothing.
	Certificates *access.Certificates
	// Flags are what is answered to those who evaluate flags. nil: there are none.
	Flags ofrep.Source
	// Origins are those whose pages may evaluate flags, as browsers say them, "*" for all;
	// it may be called from any goroutine. nil: those of this server alone.
	Origins func() []string
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
	certificates *access.Certificates
	ofrep        *ofrep.Handler
	origins      func() []string // nil: none
	replays      *replays
	audit        *audit.Log
	heartbeat    time.Duration
	log          zerolog.Logger
}

// New is the handler of the whole admin listener. It starts nothing. Without tokens it
// serves whoever can reach the listener, so that listener must be a loopback one; the
// checks of Host and Origin keep web pages from using the operator's browser.
func New(o Options) http.Handler {
	s := newServer(o)
	return s.handler(s.routes(o))
}

func newServer(o Options) *server {
	s := &server{
		backend: o.Backend, events: o.Events, hosts: newHosts(o.Address), heartbeat: o.Heartbeat, log: o.Log,
		tokens: o.Tokens, limiter: access.NewLimiter(), certificates: o.Certificates, replays: newReplays(replaysMost, replaysBytes), audit: o.Audit,
		origins: o.Origins,
	}
	if u, err := url.Parse(o.URL); err == nil && u.Host != "" {
		s.public = u
	}
	if s.heartbeat <= 0 {
		s.heartbeat = api.Heartbeat
	}
	if o.Flags == nil {
		o.Flags = noFlags{ofrep.NewFlags(ofrep.Options{})}
	}
	s.ofrep = ofrep.New(o.Flags, s.heartbeat)
	return s
}

// handler serves these routes.
func (s *server) handler(of routes) http.Handler {
	mux := http.NewServeMux()
	for pattern, rt := range of {
		mux.Handle(pattern, s.recorded(pattern, rt, s.allow(rt.to, s.once(rt.to, byMethod(rt.on)))))
	}
	mux.HandleFunc("/", notFound)
	return s.guard(trimBulk(exactPaths(mux)))
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

// routes is the whole contract of paths, methods and who may use them; openapi.yaml has
// what each takes and answers.
func (s *server) routes(o Options) routes {
	const upstream = "/v1/upstreams/{upstream}"
	r := routes{
		"/v1/upstreams":                    {readers, on{"GET": s.getUpstreams}},
		upstream:                           {readers, on{"GET": s.getUpstream}},
		upstream + "/split":                {readers, on{"PUT": s.putSplit}},
		upstream + "/rollout":              {readers, on{"GET": s.getRollout, "POST": s.postRollout}},
		upstream + "/rollout/plan":         {readers, on{"GET": s.getPlan}},
		upstream + "/rollout/gates":        {readers, on{"GET": s.getGates}},
		upstream + "/rollout/gates/{gate}": {readers, on{"POST": s.postGate}},
		approvePath + "{token}":            {anybody, on{"GET": s.getApprove, "POST": s.postApprove}},
		upstream + "/history":              {readers, on{"GET": s.getHistory}},
		upstream + "/series":               {readers, on{"GET": s.getSeries}},
		upstream + "/undo":                 {readers, on{"POST": s.postUndo}},
		upstream + "/endpoints/{address}":  {readers, on{"PATCH": s.patchEndpoint}},
		upstream + "/read-only":            {readers, on{"PUT": s.putReadOnly}},
		"/v1/audit":                        {readers, on{"GET": s.getAudit}},
		"/v1/events":                       {readers, on{"GET": s.getEvents}},
		"/v1/reload":                       {readers, on{"POST": s.postReload}},
		"/v1/config":                       {readers, on{"GET": s.getConfig}},
		"/v1/status":                       {readers, on{"GET": s.getStatus}},
		"/healthz":                         {anybody, on{"GET": s.getHealthz}},
		"/readyz":                          {anybody, on{"GET": s.getReadyz}},
		profilePath + "{$}":                {operators, on{"GET": getProfile}},
		profilePath + "{name}":             {operators, on{"GET": getProfile}},
		"/metrics":                         {readers, on{"GET": metricsHandler(o.Metrics, o.Log)}},
		"/openapi.yaml":                    {anybody, on{"GET": s.getOpenAPI}},
	}
	s.groupRoutes(r)
	s.flagRoutes(r)
	maps.Copy(r, s.ofrepRoutes())
	newUI().routes(r)
	for _, verb := range verbs {
		r[upstream+"/rollout/"+string(verb)] = route{readers, on{"POST": s.postVerb(verb)}}
	}
	return r
}

// byMethod answers HEAD wherever there is a GET, and 405 for the rest.
func byMethod(methods on) http.HandlerFunc {
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
