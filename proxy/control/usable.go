package control

import (
	"fmt"
	"strconv"

	"weir/config"
)

// short says, for people, that fewer of the version's endpoints are usable than a
// part of them that key asks for; "" when there are enough.
func (v *version) short(part float64, key string) string {
	usable, want := v.group.Usable(), config.Needed(part, len(v.endpoints))
	if usable >= want {
		return ""
	}
	return fmt.Sprintf("%d of the %d endpoints of %s are usable, %s (%s%%) asks for %d",
		usable, len(v.endpoints), v.name, key, strconv.FormatFloat(100*part, 'g', 4, 64), want)
}
