package admin

import (
	"net/http"
	"net/http/pprof"
)

// profilePath begins the profiles of Go's runtime. What they show is for operators
// alone: stacks and memory may have anything in them.
const profilePath = "/debug/pprof/"

// getProfile serves one, or their list.
func getProfile(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("name") {
	case "cmdline":
		pprof.Cmdline(w, r)
	case "profile":
		pprof.Profile(w, r)
	case "symbol":
		pprof.Symbol(w, r)
	case "trace":
		pprof.Trace(w, r)
	default:
		pprof.Index(w, r)
	}
}
