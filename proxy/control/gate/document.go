package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Document asks for a document of JSON, and judges a value in it.
type Document struct {
	URL     string
	Path    string // keys and numbers with dots between; "": the document itself
	Headers []Header
	Equals  string // the value as text; "": Bounds
	Bounds  Bounds
}

// Ask implements Asker.
func (d *Document) Ask(ctx context.Context, _ *Question) Measurement {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL, nil)
	if err != nil {
		return errored(err.Error())
	}
	setHeaders(r, d.Headers)
	r.Header.Set("Accept", "application/json")
	body, err := document(r)
	if err != nil {
		return errored(err.Error())
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return errored("the answer is not JSON: " + err.Error())
	}
	v, err = lookUp(v, d.Path)
	if err != nil {
		return errored(err.Error())
	}
	if d.Equals != "" {
		return equal(v, d.Equals)
	}
	return d.judge(v)
}

// lookUp goes to the value at path.
func lookUp(v any, path string) (any, error) {
	if path == "" {
		return v, nil
	}
	at := ""
	for key := range strings.SplitSeq(path, ".") {
		at = strings.TrimPrefix(at+"."+key, ".")
		switch in := v.(type) {
		case map[string]any:
			inner, ok := in[key]
			if !ok {
				return nil, fmt.Errorf("the answer has no %s", at)
			}
			v = inner
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(in) {
				return nil, fmt.Errorf("the answer has no %s: there is a list of %d", at, len(in))
			}
			v = in[i]
		default:
			return nil, fmt.Errorf("the answer has no %s: what is there has nothing in it", at)
		}
	}
	return v, nil
}

// equal judges a value by the text that it has to be.
func equal(v any, want string) Measurement {
	var text string
	var same bool
	switch v := v.(type) {
	case string:
		text, same = strconv.Quote(shorten(v)), v == want
	case json.Number:
		text, same = shorten(v.String()), sameNumber(v.String(), want)
	case bool:
		text = strconv.FormatBool(v)
		same = text == want
	case nil:
		text, same = "null", want == "null"
	default:
		return errored("the value is a list or an object: want one without others in it")
	}
	if same {
		return Measurement{Result: Passed, Why: text}
	}
	return Measurement{Result: Failed, Why: text + ", want " + want}
}

func sameNumber(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

// judge judges a value by the bounds.
func (d *Document) judge(v any) Measurement {
	switch v := v.(type) {
	case json.Number:
		n, err := strconv.ParseFloat(v.String(), 64)
		if err != nil {
			return errored(shorten(v.String()) + " is too large a number")
		}
		return d.Bounds.judge(n)
	case nil:
		return Measurement{Result: Inconclusive, Why: "null"}
	}
	return errored("the value is not a number")
}
