package api

import (
	"context"
	"net/http"
	"net/url"
)

// Ready returns nil while the process serves: its listeners are open and it does not
// drain. Otherwise the error is a *Problem, or says that nobody answers.
func (c *Client) Ready(ctx context.Context) error {
	_, err := c.fetch(ctx, http.MethodGet, "/readyz", nil)
	return err
}

// Healthy returns nil while the process answers, whatever it serves.
func (c *Client) Healthy(ctx context.Context) error {
	_, err := c.fetch(ctx, http.MethodGet, "/healthz", nil)
	return err
}

// Metrics are those for Prometheus, in its text format.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	return c.fetch(ctx, http.MethodGet, "/metrics", nil)
}

// Profile is one of Go's runtime, such as heap or goroutine, for go tool pprof.
func (c *Client) Profile(ctx context.Context, name string) ([]byte, error) {
	return c.fetch(ctx, http.MethodGet, "/debug/pprof/"+url.PathEscape(name), nil)
}

// OpenAPI is the description of the API, as YAML.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	return c.fetch(ctx, http.MethodGet, "/openapi.yaml", nil)
}
