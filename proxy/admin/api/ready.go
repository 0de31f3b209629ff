package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Ready returns nil while the process serves: its listeners are open and it does not
// drain. Otherwise the error is a *Problem, or says that nobody answers.
func (c *Client) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer of %s: %w", c.base, err)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(resp, b)
	}
	return nil
}
