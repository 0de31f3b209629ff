package api

// Role is what somebody may do with the admin API.
type Role string

// The roles.
const (
	RoleView     Role = "view"     // reads, and changes nothing
	RoleOperate  Role = "operate"  // everything
	RoleEvaluate Role = "evaluate" // evaluates flags, and nothing else
)

// Roles are all there are.
var Roles = []Role{RoleView, RoleOperate, RoleEvaluate}

// You is who asks, as far as the server knows.
type You struct {
	Author string `json:"author"` // of changes; empty: what a change says itself
	Role   Role   `json:"role"`
}
