package ofrep

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"weir/proxy/flag"
)

// etag is a strong validator (RFC 9110 §8.8.3) of what all flags say of somebody. It is
// made of what decides, so that nothing has to be decided for it; only of a flag that may
// be decided otherwise without any change it has the decision.
func (f *Flags) etag(c *flag.Context, said flag.Value, ticket string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q ", f.version, ticket)
	h.Write(said.AppendJSON(nil))
	for _, d := range f.restive {
		is := f.decide(d, c)
		fmt.Fprintf(h, " %d %s %s %q", is.Index, is.Reason, is.Code, is.Detail)
	}
	return `"` + short(h.Sum(nil)) + `"`
}

// matches reports whether one of the tags of If-None-Match is this one, by the weak
// comparison that a reading asks for (RFC 9110 §13.1.2): a proxy that compresses answers
// makes tags weak. None of ours has a comma in it.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}
