package gate

import (
	"bytes"
	"context"
	"net/http"
)

// Hook asks with a request that has the question as its body: a status of 200 to 299
// is yes, one of 400 to 499 is no, and any other no answer.
type Hook struct {
	URL, Method string
	Headers     []Header
}

// Ask implements Asker.
func (h *Hook) Ask(ctx context.Context, q *Question) Measurement {
	r, err := http.NewRequestWithContext(ctx, h.Method, h.URL, bytes.NewReader(q.payload()))
	if err != nil {
		return errored(err.Error())
	}
	setHeaders(r, h.Headers)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", q.Key)
	status, body, err := fetch(r, mostAnswer)
	if err != nil {
		return errored(err.Error())
	}
	m := Measurement{Why: statusText(status) + andWords(body)}
	switch status / 100 {
	case 2:
		m.Result = Passed
	case 4:
		m.Result = Failed
	}
	return m
}
