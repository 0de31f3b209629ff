package admin

import (
	"net/http"
	"strconv"
	"strings"

	"weir/proxy/admin/api"
)

// etag is a revision as the validator of RFC 9110 §8.8.3.
func etag(revision uint64) string { return `"` + strconv.FormatUint(revision, 10) + `"` }

// ifMatch reads the precondition of a write (RFC 9110 §13.1.1): one revision in
// quotes; 0 when there is none or when it is * (any). W/ is tolerated, because
// proxies that compress an answer make its ETag weak, and a revision is exact
// all the same.
func ifMatch(h http.Header) (uint64, *api.Problem) {
	values := h.Values("If-Match")
	if len(values) == 0 {
		return 0, nil
	}
	value := strings.Join(values, ", ")
	if value == "*" {
		return 0, nil
	}
	number, ok := strings.CutPrefix(strings.TrimPrefix(value, "W/"), `"`)
	if ok {
		number, ok = strings.CutSuffix(number, `"`)
	}
	revision, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil || revision == 0 {
		return 0, problem(http.StatusBadRequest, "If-Match: "+quote(value)+`: want one revision in quotes, such as "7", or *`)
	}
	return revision, nil
}
