package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is a version of NGINX, like 1.29.7. The zero value stands for the newest
// that is known here.
type Version []int

// newDefaults is the first version that keeps connections to upstreams and speaks
// HTTP/1.1 to them without being told.
var newDefaults = Version{1, 29, 7}

// ParseVersion reads a version of two or three numbers.
func ParseVersion(s string) (Version, error) {
	var v Version
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%q: want a version of NGINX, like 1.29.7", s)
		}
		v = append(v, int(n))
	}
	if len(v) < 2 || len(v) > 3 {
		return nil, fmt.Errorf("%q: want a version of NGINX, like 1.29.7", s)
	}
	return v, nil
}

// before reports whether v is older than other.
func (v Version) before(other Version) bool { return v != nil && slices.Compare(v, other) < 0 }
