package api

import (
	"strconv"
	"time"
)

// ProblemType is the media type of every refusal (RFC 9457).
const ProblemType = "application/problem+json"

// Problem is a refusal. The server sends it as the body, the client returns it
// as the error (use errors.As).
type Problem struct {
	Title  string `json:"title"`  // the status in words
	Detail string `json:"detail"` // what, where and what is allowed; may have several lines
	Status int    `json:"status"` // the HTTP status
	// RetryAfter is how long it is to be left alone, as the answer's header says; 0: it
	// does not say.
	RetryAfter time.Duration `json:"-"`
}

// Error is the detail, or the title when there is none.
func (p *Problem) Error() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return "status " + strconv.Itoa(p.Status)
}
