package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"weir/proxy/admin/api"
)

// maxBody bounds a request body, in bytes. The largest sensible one names some
// thousand versions.
const maxBody = 1 << 20

// bodyNeed says whether a request may come without a body.
type bodyNeed bool

const (
	bodyRequired bodyNeed = true
	bodyOptional bodyNeed = false // none means the zero value
)

// decode reads the JSON object of a request into the struct that into points to.
// It takes what the contract says and nothing else: encoding/json by itself
// would accept keys in any case, let the last of two equal keys win, and read a
// null weight as 0, each of which obeys a mistake.
func decode(w http.ResponseWriter, r *http.Request, need bodyNeed, into any) *api.Problem {
	body, p := readBody(w, r)
	if p != nil {
		return p
	}
	if len(bytes.TrimSpace(body)) == 0 {
		if need == bodyRequired {
			return problem(http.StatusBadRequest, "body: empty: want a JSON object")
		}
		return nil
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return problem(http.StatusUnsupportedMediaType, "Content-Type: "+quote(r.Header.Get("Content-Type"))+": want application/json")
	}
	// Syntax first and alone: then every later error is about the content.
	if e, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(any))); ok {
		return problem(http.StatusBadRequest, fmt.Sprintf("body: not JSON, at byte %d: %s", e.Offset, e.Error()))
	}
	if detail := checkObject(body, keysOf(into), freeOf(into)); detail != "" {
		return problem(http.StatusUnprocessableEntity, detail)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return problem(http.StatusUnprocessableEntity, typeDetail(err))
	}
	return nil
}

// readBody takes the whole body.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *api.Problem) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("body: want at most %d bytes", maxBody))
	}
	if err != nil {
		return nil, problem(http.StatusBadRequest, "body: ended too early")
	}
	return body, nil
}

// isJSON also accepts a missing type, as many hand-made requests have none, and
// that of a form, as curl -d sends it unless told otherwise. What keeps pages of
// other sites from writing is foreign, not the type: a script could leave it out.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || t == "application/x-www-form-urlencoded" || strings.HasSuffix(t, "+json"))
}

// typeDetail says which key has a value of the wrong type.
func typeDetail(err error) string {
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return "body: " + strings.TrimPrefix(err.Error(), "json: ")
	}
	want := "another type"
	switch e.Type.Kind() {
	case reflect.String:
		want = "a string"
	case reflect.Bool:
		want = "true or false"
	case reflect.Int:
		want = "a whole number"
	case reflect.Uint64:
		want = "a whole number of 0 or more"
	case reflect.Float64:
		want = "a number"
	case reflect.Map, reflect.Struct:
		want = "an object"
	}
	return fmt.Sprintf("%s: %s: want %s", e.Field, e.Value, want)
}

// keysOf lists the JSON keys of the struct that p points to.
func keysOf(p any) []string {
	t := reflect.TypeOf(p).Elem()
	var keys []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		keys = append(keys, name)
	}
	return keys
}

// freeOf lists those of them that hold whatever JSON has: there, null is a value.
func freeOf(p any) []string {
	t := reflect.TypeOf(p).Elem()
	var free []string
	for i, name := range keysOf(p) {
		if t.Field(i).Type == reflect.TypeFor[map[string]any]() {
			free = append(free, name)
		}
	}
	return free
}

// checkObject walks valid JSON and says what is wrong with it, or nothing: it
// must be an object with keys of allowed only, no key twice in one object, and
// no null below the top (there, null means absent) but under free keys.
func checkObject(body []byte, allowed, free []string) string {
	type level struct {
		keys map[string]bool // nil in an array
		key  bool            // the next token is a key, in an object
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // whether a number fits is not asked here
	var open []level
	under := "" // which key of the top
	for {
		tok, err := d.Token()
		if err != nil {
			return "" // the end: the syntax was checked before
		}
		if len(open) == 0 && tok != json.Delim('{') {
			return "body: want a JSON object"
		}
		if n := len(open); n > 0 && open[n-1].key && tok != json.Delim('}') {
			name := tok.(string)
			if open[n-1].keys[name] {
				return "key " + quote(name) + ": given twice"
			}
			if n == 1 && !slices.Contains(allowed, name) {
				return "key " + quote(name) + ": unknown: want " + wantKeys(allowed)
			}
			if n == 1 {
				under = name
			}
			open[n-1].keys[name], open[n-1].key = true, false
			continue
		}
		switch tok {
		case json.Delim('{'):
			open = append(open, level{keys: map[string]bool{}, key: true})
			continue
		case json.Delim('['):
			open = append(open, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		case nil:
			if len(open) > 1 && !slices.Contains(free, under) {
				return "null: want a value, or leave the key out"
			}
		}
		if n := len(open); n > 0 { // a value has ended: in an object a key follows
			open[n-1].key = open[n-1].keys != nil
		}
	}
}

func wantKeys(allowed []string) string {
	if len(allowed) == 0 {
		return "none"
	}
	return strings.Join(allowed, ", ")
}
