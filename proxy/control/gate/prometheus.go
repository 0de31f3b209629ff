package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Prometheus asks for the value of a query at the present moment, which has to be one
// number.
type Prometheus struct {
	URL     string // of the server
	Query   string
	Headers []Header
	Bounds  Bounds // at least one
}

// queried is what Prometheus answers, as far as it is needed.
type queried struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   struct {
		Type   string          `json:"resultType"`
		Result json.RawMessage `json:"result"`
	} `json:"data"`
}

// Ask implements Asker.
func (p *Prometheus) Ask(ctx context.Context, _ *Question) Measurement {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	at := strings.TrimSuffix(p.URL, "/") + "/api/v1/query?" + url.Values{"query": {p.Query}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return errored(err.Error())
	}
	setHeaders(r, p.Headers)
	body, err := document(r)
	var a queried
	if notJSON := json.Unmarshal(body, &a); err == nil && notJSON != nil {
		return errored("the answer is not Prometheus's: " + notJSON.Error())
	}
	switch {
	case a.Error != "":
		return errored(shorten(a.Error))
	case err != nil:
		return errored(err.Error())
	case a.Status != "success":
		return errored("the answer is not Prometheus's: status " + strconv.Quote(shorten(a.Status)))
	}
	text, m, ok := a.value()
	if !ok {
		return m
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return errored(fmt.Sprintf("%s is not a number", strconv.Quote(shorten(text))))
	}
	return p.Bounds.judge(n)
}

// value is the one number of the answer, or what it is that there is none.
func (a *queried) value() (text string, m Measurement, ok bool) {
	switch a.Data.Type {
	case "scalar":
		return sample(a.Data.Result)
	case "vector":
		var series []struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(a.Data.Result, &series); err != nil {
			return "", errored("the answer is not Prometheus's: " + err.Error()), false
		}
		switch len(series) {
		case 0:
			return "", Measurement{Result: Inconclusive, Why: "the query has no series"}, false
		case 1:
			return sample(series[0].Value)
		}
		return "", errored(fmt.Sprintf("the query has %d series: want one, as by sum()", len(series))), false
	}
	return "", errored(fmt.Sprintf("the query gives a %s: want a number", shorten(a.Data.Type))), false
}

// sample is the number of a pair of time and number.
func sample(raw json.RawMessage) (text string, m Measurement, ok bool) {
	var pair []json.RawMessage
	err := json.Unmarshal(raw, &pair)
	if err == nil && len(pair) == 2 {
		err = json.Unmarshal(pair[1], &text)
	}
	if err != nil || len(pair) != 2 {
		return "", errored("the answer is not Prometheus's: a sample is " + firstLine(raw)), false
	}
	return text, Measurement{}, true
}
