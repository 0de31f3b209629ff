package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Page is a part of a list that is newest first. The zero value is the first hundred.
type Page struct {
	Limit  int    // entries, at most 1000; 0: 100
	Before uint64 // only those with a smaller number, such as the Next of the page before; 0: from the newest on
}

// query is what follows the path.
func (p Page) query() string {
	q := url.Values{}
	if p.Limit != 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Before != 0 {
		q.Set("before", strconv.FormatUint(p.Before, 10))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// HistoryPage is a part of the kept revisions.
func (c *Client) HistoryPage(ctx context.Context, name string, p Page) (History, error) {
	var a History
	err := c.call(ctx, http.MethodGet, upstreamPath(name)+"/history"+p.query(), nil, &a)
	return a, err
}

// History lists the newest kept revisions, newest first: at most so many, or, for 0,
// all of them. It asks for as many pages as that takes.
func (c *Client) History(ctx context.Context, name string, most int) ([]Revision, error) {
	const page = 1000
	var all []Revision
	var before uint64
	for {
		limit := page
		if most > 0 {
			limit = min(page, most-len(all))
		}
		h, err := c.HistoryPage(ctx, name, Page{Limit: limit, Before: before})
		if err != nil {
			return nil, err
		}
		all, before = append(all, h.Revisions...), h.Next
		if before == 0 || len(all) == most {
			return all, nil
		}
	}
}
