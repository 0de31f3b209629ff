package ofrep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"weir/proxy/flag"
)

// maxBody bounds what a request says of somebody, in bytes.
const maxBody = 256 << 10

// The codes of the protocol that are used here.
const (
	codeParse    = "PARSE_ERROR"
	codeContext  = "INVALID_CONTEXT"
	codeNotFound = "FLAG_NOT_FOUND"
)

// fault is what is wrong with a request.
type fault struct{ code, detail string }

// targetingKey is whom decisions are about.
const targetingKey = "targetingKey"

// contextOf is what a request says of somebody, and what is known of him beside.
func (f *Flags) contextOf(w http.ResponseWriter, r *http.Request) (flag.Value, *fault) {
	said, bad := readContext(w, r)
	if bad != nil {
		return flag.Value{}, bad
	}
	if key, ok := said[targetingKey]; ok && key != nil {
		if _, text := key.(string); !text {
			return flag.Value{}, &fault{codeContext, "context.targetingKey: want a text"}
		}
	}
	v, err := flag.ValueOf(said)
	if err != nil {
		return flag.Value{}, &fault{codeContext, "context: " + err.Error()}
	}
	return f.over(v, r.Header), nil
}

// over is what is said with what is known over it.
func (f *Flags) over(said flag.Value, h http.Header) flag.Value {
	if f.known == nil {
		return said
	}
	known := f.known(h)
	if len(known) == 0 {
		return said
	}
	all := make(map[string]flag.Value, len(known)+len(said.Names()))
	for _, name := range said.Names() {
		all[name] = said.Member(name)
	}
	for name, v := range known {
		all[name] = v
	}
	return flag.ObjectValue(all)
}

// readContext takes what the protocol has, whatever else there is beside it. Without a
// body, or without a context, nothing is said.
func readContext(w http.ResponseWriter, r *http.Request) (map[string]any, *fault) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &fault{codeParse, fmt.Sprintf("body: want at most %d bytes", maxBody)}
	}
	if err != nil {
		return nil, &fault{codeParse, "body: ended too early"}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	var all any
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, &fault{codeParse, "body: not JSON: " + err.Error()}
	}
	request, ok := all.(map[string]any)
	if !ok {
		return nil, &fault{codeParse, "body: want a JSON object"}
	}
	switch said := request["context"].(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return said, nil
	}
	return nil, &fault{codeContext, "context: want an object of attributes by name"}
}
