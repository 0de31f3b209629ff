package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"weir/proxy/admin/api"
)

// How long a page of a list is.
const (
	pageDefault = 100
	pageMost    = 1000
)

// listPage is the part of a list, newest first, that a request asks for.
type listPage struct {
	limit  int
	before uint64 // only entries with a smaller number; 0: from the newest on
}

// pageOf reads limit and before.
func pageOf(r *http.Request) (p listPage, fault *api.Problem) {
	q := r.URL.Query()
	limit, fault := queryNumber(q, "limit", 1, pageMost)
	if fault != nil {
		return p, fault
	}
	if p.limit = int(limit); limit == 0 {
		p.limit = pageDefault
	}
	p.before, fault = queryNumber(q, "before", 1, 1<<63)
	return p, fault
}

// queryNumber is a whole number of the query; 0: it is not there.
func queryNumber(q url.Values, key string, least, most uint64) (uint64, *api.Problem) {
	if !q.Has(key) {
		return 0, nil
	}
	n, err := strconv.ParseUint(q.Get(key), 10, 64)
	if err != nil || n < least || n > most || len(q[key]) > 1 {
		return 0, problem(http.StatusUnprocessableEntity, fmt.Sprintf("%s: %s: want one whole number from %d to %d", key, quote(q.Get(key)), least, most))
	}
	return n, nil
}

// cut is the page of a list, newest first, and the number to go on before; 0: there is
// no more.
func cut[T any](list []T, p listPage, number func(*T) uint64) (part []T, next uint64) {
	for p.before > 0 && len(list) > 0 && number(&list[0]) >= p.before {
		list = list[1:]
	}
	if len(list) <= p.limit {
		return list, 0
	}
	return list[:p.limit], number(&list[p.limit-1])
}
