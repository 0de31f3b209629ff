// Package admintest checks what tests get from the admin API against its description,
// openapi.yaml.
//
// It is for tests alone. It knows HTTP and the description, and must not know what
// serves, or what an answer should say.
package admintest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is a description that exchanges can be held against. It may be used from
// any goroutine.
type Contract struct {
	router  routers.Router
	schemas *schemas
}

// New is for the description in that YAML, which it checks first.
func New(spec []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, err
	}
	// Examples take seconds: one test of the description checks them.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, err
	}
	c := &Contract{}
	if c.router, err = gorillamux.NewRouter(doc); err != nil {
		return nil, err
	}
	if c.schemas, err = newSchemas(spec); err != nil {
		return nil, err
	}
	return c, nil
}

// exchange is a request and its answer. Bodies are nil where there are none, or where
// they have no end.
type exchange struct {
	req       *http.Request
	sent      []byte
	status    int
	header    http.Header
	got       []byte
	streaming bool
}

// check says how an exchange breaks the contract. A request has to keep to it only
// where it was served: tests send bad ones on purpose.
func (c *Contract) check(x *exchange) error {
	if x.req.Method == http.MethodHead || x.req.Method == http.MethodOptions { // have no operation of their own, and no body
		return nil
	}
	route, params, err := c.router.FindRoute(x.req)
	if err != nil {
		if x.status < 400 {
			return fmt.Errorf("%w: answered with %d", err, x.status)
		}
		return c.schemas.check("/components/schemas/Problem", x.got)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: x.req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{ExcludeRequestBody: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if x.status < 300 {
		if err := openapi3filter.ValidateRequest(x.req.Context(), in); err != nil {
			return err
		}
		if err := c.checkSent(route, x.sent); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	// Bodies are left to schemas, which compile once: kin-openapi would for each answer,
	// which takes 10 ms, and look away from what is new in 3.1 where schemas refer to others.
	err = openapi3filter.ValidateResponse(x.req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: x.status, Header: x.header,
		Options: &openapi3filter.Options{ExcludeResponseBody: true, IncludeResponseStatus: true},
	})
	if err != nil {
		return err
	}
	return c.checkGot(route, x)
}

// checkSent takes every body for JSON, as the API does whatever curl -d calls it.
func (c *Contract) checkSent(route *routers.Route, body []byte) error {
	described := route.Operation.RequestBody
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		if described != nil && described.Value.Required {
			return errors.New("no body: it is required")
		}
		return nil
	case described == nil:
		return errors.New("a body: none is described")
	case described.Value.Content["application/json"] == nil:
		return nil // a form
	}
	at := operation(route) + "/requestBody"
	if described.Ref != "" {
		at = described.Ref[1:]
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if object, ok := v.(map[string]any); ok { // a null is taken for a key left out
		maps.DeleteFunc(object, func(_ string, v any) bool { return v == nil })
	}
	return c.schemas.checkValue(at+content("application/json"), v)
}

func (c *Contract) checkGot(route *routers.Route, x *exchange) error {
	name := strconv.Itoa(x.status)
	described := route.Operation.Responses.Value(name)
	if described == nil {
		name, described = "default", route.Operation.Responses.Default()
	}
	if len(described.Value.Content) == 0 {
		if len(x.got) > 0 {
			return fmt.Errorf("status %d: a body is not described", x.status)
		}
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(x.header.Get("Content-Type"))
	if err != nil || described.Value.Content[mediaType] == nil {
		return fmt.Errorf("status %d: content type %q is not described", x.status, x.header.Get("Content-Type"))
	}
	if x.streaming {
		return nil
	}
	at := operation(route) + "/responses/" + name
	if described.Ref != "" {
		at = described.Ref[1:]
	}
	at += content(mediaType)
	if mediaType == "application/json" || mediaType == "application/problem+json" {
		err = c.schemas.check(at, x.got)
	} else {
		err = c.schemas.checkValue(at, string(x.got))
	}
	if err != nil {
		return fmt.Errorf("status %d: %w\n%.4000s", x.status, err, x.got)
	}
	return nil
}

// operation is where the description has it, a JSON pointer.
func operation(route *routers.Route) string {
	return "/paths/" + escape(route.Path) + "/" + strings.ToLower(route.Method)
}

func content(mediaType string) string { return "/content/" + escape(mediaType) + "/schema" }

// escape makes a key an element of a JSON pointer.
func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }
