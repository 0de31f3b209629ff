package admin

import (
	"net/http"

	"weir/proxy/admin/api"
)

// routes are what is served, by pattern.
type routes map[string]route

// route is what one pattern serves, and whom.
type route struct {
	to audience
	on on
}

// on are handlers by method.
type on map[string]http.HandlerFunc

// audience is who may use a route.
type audience uint8

const (
	anybody    audience = iota + 1 // unasked: it has no data, or its path is the permission
	readers                        // role view reads, and operate changes
	operators                      // operate alone, whatever the method
	evaluators                     // every role; it changes nothing, whatever the method
)

// refuses says what a role may not do here; "": it may.
func (to audience) refuses(role api.Role, method string) string {
	switch {
	case role == api.RoleOperate || to == evaluators:
		return ""
	case role == api.RoleEvaluate:
		return "role evaluate: want role view or operate, this one evaluates flags only"
	case to == operators || !isRead(method):
		return "role view: want role operate"
	}
	return ""
}
