package ofrep

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"weir/proxy/flag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// definitions are what the tests here are about.
const definitions = `{
	"metadata": {"flagSetId": "shop", "version": 7},
	"$evaluators": {"internal": {"ends_with": [{"var": "email"}, "@example.com"]}},
	"flags": {
		"checkout": {
			"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
			"targeting": {"if": [{"$ref": "internal"}, "on", null]}
		},
		"limit": {"state": "ENABLED", "variants": {"low": 10, "high": 12.5}, "defaultVariant": "high", "metadata": {"owner": "ann", "version": 8}},
		"title": {"state": "ENABLED", "variants": {"new": "Hello <you>"}, "defaultVariant": "new"},
		"theme": {"state": "ENABLED", "variants": {"dark": {"bg": "#000", "sizes": [1, 2]}}, "defaultVariant": "dark"},
		"dark": {"state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"},
		"open": {"state": "ENABLED", "variants": {"on": true}},
		"torn": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", "targeting": {"var": "which"}},
		"a/b c?": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on"}
	}
}`

func setOf(t testing.TB, text string) *flag.Set {
	t.Helper()
	file, problems := flag.Parse("flags.json", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	set, problems := flag.Compile([]*flag.File{file})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

// source is one that tests change.
type source struct {
	mu      sync.Mutex
	now     *Flags
	changed chan struct{}
}

func (s *source) Flags() (*Flags, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.changed
}

func (s *source) use(f *Flags) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.now, s.changed = f, make(chan struct{})
}

// rig is a handler on a real socket.
type rig struct {
	t       *testing.T
	source  *source
	handler *Handler
	url     string
	still   Still
}

func newRig(t *testing.T, o Options) *rig {
	t.Helper()
	r := &rig{t: t, source: &source{now: NewFlags(o), changed: make(chan struct{})}}
	r.still = func() (bool, [2]<-chan struct{}) { return true, [2]<-chan struct{}{} }
	r.handler = New(r.source, 20*time.Millisecond)
	mux := http.NewServeMux()
	mux.HandleFunc("/flags", func(w http.ResponseWriter, req *http.Request) { r.handler.Bulk(w, req, req.Header.Get("Ticket")) })
	mux.HandleFunc("/flags/{key}", func(w http.ResponseWriter, req *http.Request) { r.handler.Single(w, req, req.PathValue("key")) })
	mux.HandleFunc(EventsPath, func(w http.ResponseWriter, req *http.Request) { r.handler.Events(w, req, r.still) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(r.handler.Close)
	r.url = s.URL
	return r
}

// reply is one answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// post asks; headers are pairs. Every answer with a body is held against the protocol.
func (r *rig) post(path, body string, headers ...string) reply {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	got := reply{res.StatusCode, res.Header, strings.TrimSpace(string(b))}
	what := map[int]string{200: "Success", 400: "Failure", 404: "NotFound"}[got.status]
	if !strings.HasPrefix(path, "/flags/") && what != "" {
		what = "Bulk" + what
	}
	switch {
	case what != "":
		conforms(r.t, what, got.body)
		if ct := got.header.Get("Content-Type"); ct != "application/json" {
			r.t.Errorf("content type %q", ct)
		}
	case got.body != "":
		r.t.Errorf("%d with a body: %s", got.status, got.body)
	}
	return got
}

// item is the answer about one flag, without what is absent.
func (r reply) item(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return out
}

// protocol is what OFREP 0.3.0 demands of answers.
const protocol = `{
	"$defs": {
		"metadata": {"type": "object", "additionalProperties": {"type": ["boolean", "string", "number"]}},
		"Success": {
			"type": "object", "required": ["key", "reason"], "not": {"required": ["errorCode"]},
			"properties": {
				"key": {"type": "string"}, "variant": {"type": "string"}, "metadata": {"$ref": "#/$defs/metadata"},
				"value": {"type": ["boolean", "string", "number", "object"]},
				"reason": {"enum": ["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN", "DEFAULT"]}
			}
		},
		"Failure": {
			"type": "object", "required": ["key", "errorCode"], "not": {"required": ["value"]},
			"properties": {
				"key": {"type": "string"}, "errorDetails": {"type": "string"}, "metadata": {"$ref": "#/$defs/metadata"},
				"errorCode": {"enum": ["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"]}
			}
		},
		"NotFound": {
			"type": "object", "required": ["key", "errorCode"],
			"properties": {"key": {"type": "string"}, "errorCode": {"const": "FLAG_NOT_FOUND"}, "errorDetails": {"type": "string"}}
		},
		"stream": {
			"type": "object", "required": ["type"], "oneOf": [{"required": ["url"]}, {"required": ["endpoint"]}],
			"properties": {
				"type": {"type": "string"}, "url": {"type": "string", "format": "uri"}, "inactivityDelaySec": {"type": "integer", "minimum": 1},
				"endpoint": {
					"type": "object", "required": ["requestUri"],
					"properties": {"origin": {"type": "string", "format": "uri"}, "requestUri": {"type": "string", "format": "uri-reference"}}
				}
			}
		},
		"BulkSuccess": {
			"type": "object", "required": ["flags"],
			"properties": {
				"flags": {"type": "array", "items": {"oneOf": [{"$ref": "#/$defs/Success"}, {"$ref": "#/$defs/Failure"}]}},
				"metadata": {"$ref": "#/$defs/metadata"}, "eventStreams": {"type": "array", "items": {"$ref": "#/$defs/stream"}}
			}
		},
		"BulkFailure": {
			"type": "object", "required": ["errorCode"],
			"properties": {"errorCode": {"type": "string"}, "errorDetails": {"type": "string"}}
		},
		"Event": {
			"type": "object", "required": ["type"],
			"properties": {"type": {"type": "string"}, "etag": {"type": "string"}, "lastModified": {"type": ["integer", "string"]}}
		}
	}
}`

var compiler = sync.OnceValue(func() *jsonschema.Compiler {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(protocol))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("protocol.json", doc); err != nil {
		panic(err)
	}
	return c
})

// conforms holds JSON against what the protocol calls by a name.
func conforms(t *testing.T, name, text string) {
	t.Helper()
	schema, err := compiler().Compile("protocol.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
	}
}
