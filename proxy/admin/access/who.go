package access

import (
	"fmt"

	"weir/proxy/admin/api"
)

// Who is somebody who may do something.
type Who struct {
	Role api.Role
	// Name is that of his token, or of his certificate behind cert:, which no token's name
	// can be; "": it is not known.
	Name string
	By   By  // how he has shown who he is; "": nobody asked
	Line int // of a token in its file
}

// By is what somebody has shown.
type By string

// The words of By.
const (
	ByToken       By = "token"
	ByCertificate By = "certificate"
)

// Shown is By, with the line of a token that has no name.
func (w Who) Shown() string {
	if w.By == ByToken && w.Name == "" {
		return fmt.Sprintf("token of line %d", w.Line)
	}
	return string(w.By)
}
