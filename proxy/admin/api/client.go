package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// requestTimeout bounds one call; the slowest command, a reload, is far below.
const requestTimeout = 60 * time.Second

// maxAnswer bounds what is read of one answer, in bytes: some hundred for each
// of 10 000 endpoints, with room.
const maxAnswer = 64 << 20

// Client calls the admin API of one Weir. Its methods may be called from any
// goroutine. A refusal is returned as a *Problem; any other error means that the
// answer is unknown, and so whether a write took place. What can be asked twice without
// harm is, see again.
type Client struct {
	base    string // scheme://host:port, without a trailing slash
	shown   string // the same for people
	ifMatch string // If-Match of writes; empty: none
	key     string // Idempotency-Key of writes; empty: none
	token   string // empty: none is said
	http    *http.Client
	silence time.Duration // after which an event stream counts as dead
}

// NewClient is for the API at address: a URL, host:port for plain HTTP, or unix:PATH
// for a Unix socket. It connects to nothing.
func NewClient(address string) (*Client, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok && path != "" {
		return newSocketClient(path), nil
	}
	base := address
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("admin address %q: want a URL such as http://127.0.0.1:9900, or unix:PATH", address)
	}
	base = strings.TrimSuffix(base, "/")
	return &Client{base: base, shown: base, http: &http.Client{}, silence: 3 * Heartbeat}, nil
}

// WithTLS is a client that speaks TLS so, where the address says https.
func (c *Client) WithTLS(config *tls.Config) *Client {
	secure := *c
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.ForceAttemptHTTP2 = config, false
	transport.IdleConnTimeout = time.Minute // as nobody closes this one
	secure.http = &http.Client{Transport: transport}
	return &secure
}

// newSocketClient is for the API at a Unix socket.
func newSocketClient(path string) *Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
		IdleConnTimeout: time.Minute, // the default transport's, shortened: nobody closes this one
	}
	return &Client{base: "http://localhost", shown: "unix:" + path, http: &http.Client{Transport: transport}, silence: 3 * Heartbeat}
}

// IfMatch is a client whose writes are refused (status 412) unless the upstream
// is at that revision.
func (c *Client) IfMatch(revision uint64) *Client {
	conditional := *c
	conditional.ifMatch = `"` + strconv.FormatUint(revision, 10) + `"`
	return &conditional
}

// WithToken is a client that says who it is by a token; "" says nothing.
func (c *Client) WithToken(token string) *Client {
	known := *c
	known.token = token
	return &known
}

// Upstreams lists all upstreams in the order of the configuration file.
func (c *Client) Upstreams(ctx context.Context) ([]Upstream, error) {
	var a Upstreams
	err := c.call(ctx, http.MethodGet, "/v1/upstreams", nil, &a)
	return a.Upstreams, err
}

// Upstream is one upstream as it is now.
func (c *Client) Upstream(ctx context.Context, name string) (Upstream, error) {
	return c.upstream(ctx, http.MethodGet, name, "", nil)
}

// SetSplit sets the weights of all versions.
func (c *Client) SetSplit(ctx context.Context, name string, r SplitRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPut, name, "/split", r)
}

// StartRollout starts one.
func (c *Client) StartRollout(ctx context.Context, name string, r RolloutRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPost, name, "/rollout", r)
}

// Rollout is the one that runs or the last that did; status 404 when there never
// was one.
func (c *Client) Rollout(ctx context.Context, name string) (Rollout, error) {
	var a Rollout
	err := c.call(ctx, http.MethodGet, upstreamPath(name)+"/rollout", nil, &a)
	return a, err
}

// Plan is what the running rollout, or one to that version that would start now, is
// to be expected to do. to may be empty where there is only one to go to.
func (c *Client) Plan(ctx context.Context, name, to string) (Plan, error) {
	return c.plan(ctx, upstreamPath(name), to)
}

// plan is that of the rollout of what is at a path.
func (c *Client) plan(ctx context.Context, of, to string) (Plan, error) {
	var a Plan
	path := of + "/rollout/plan"
	if to != "" {
		path += "?to=" + url.QueryEscape(to)
	}
	err := c.call(ctx, http.MethodGet, path, nil, &a)
	return a, err
}

// Command gives a verb to the running rollout.
func (c *Client) Command(ctx context.Context, name string, v Verb, r VerbRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPost, name, "/rollout/"+string(v), r)
}

// Gates are those of the rollout that runs or the last that did, with links to answer
// approvals.
func (c *Client) Gates(ctx context.Context, name string) ([]Gate, error) {
	return c.gates(ctx, upstreamPath(name))
}

// gates are those of the rollout of what is at a path.
func (c *Client) gates(ctx context.Context, of string) ([]Gate, error) {
	var a Gates
	err := c.call(ctx, http.MethodGet, of+"/rollout/gates", nil, &a)
	return a.Gates, err
}

// Approve answers an approval that is asked now.
func (c *Client) Approve(ctx context.Context, name, gate string, r GateRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPost, name, "/rollout/gates/"+url.PathEscape(gate), r)
}

// Series is the upstream's seconds after a time in Unix milliseconds; 0: all that are
// kept.
func (c *Client) Series(ctx context.Context, name string, since int64) (Series, error) {
	var a Series
	err := c.call(ctx, http.MethodGet, upstreamPath(name)+"/series?since="+strconv.FormatInt(since, 10), nil, &a)
	return a, err
}

// Undo goes back to an earlier revision.
func (c *Client) Undo(ctx context.Context, name string, r UndoRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPost, name, "/undo", r)
}

// SetEndpoint changes the state or weight of one endpoint.
func (c *Client) SetEndpoint(ctx context.Context, name, address string, r EndpointRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPatch, name, "/endpoints/"+url.PathEscape(address), r)
}

// SetReadOnly has an upstream refuse its writes, or serve them again.
func (c *Client) SetReadOnly(ctx context.Context, name string, r ReadOnlyRequest) (Upstream, error) {
	return c.upstream(ctx, http.MethodPut, name, "/read-only", r)
}

// Reload loads the configuration file again; a file with faults is a Problem
// with one line per fault.
func (c *Client) Reload(ctx context.Context) (ReloadResult, error) {
	var a ReloadResult
	err := c.call(ctx, http.MethodPost, "/v1/reload", nil, &a)
	return a, err
}

// Config is the configuration in force, as a JSON object.
func (c *Client) Config(ctx context.Context) (json.RawMessage, error) {
	var a json.RawMessage
	err := c.call(ctx, http.MethodGet, "/v1/config", nil, &a)
	return a, err
}

// Status is the process as a whole.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var a Status
	err := c.call(ctx, http.MethodGet, "/v1/status", nil, &a)
	return a, err
}

func upstreamPath(name string) string { return "/v1/upstreams/" + url.PathEscape(name) }

// upstream is a call that answers with the upstream object.
func (c *Client) upstream(ctx context.Context, method, name, rest string, body any) (Upstream, error) {
	var a Upstream
	err := c.call(ctx, method, upstreamPath(name)+rest, body, &a)
	return a, err
}

// call sends body (nil: none) and decodes a 2xx answer into the value that into
// points to.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	b, err := c.fetch(ctx, method, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("answer of %s to %s %s: %w", c.shown, method, path, err)
	}
	return nil
}

// fetch sends body (nil: none) and returns a 2xx answer as it came.
func (c *Client) fetch(ctx context.Context, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for try := 1; ; try++ {
		b, err := c.exchange(ctx, method, path, body)
		if err == nil {
			return b, nil
		}
		pause := c.again(method, err, try)
		if pause == 0 {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err // what happened says more than that the time is over
		case <-time.After(pause):
		}
	}
}

func (c *Client) exchange(ctx context.Context, method, path string, body any) ([]byte, error) {
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", c.shown, err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp, b)
	}
	return b, nil
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("request %s %s: %w", method, path, err)
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, fmt.Errorf("request %s %s: %w", method, path, err)
	}
	req.Header.Set("Accept", "application/json, "+ProblemType)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		if c.ifMatch != "" {
			req.Header.Set("If-Match", c.ifMatch)
		}
		if c.key != "" {
			req.Header.Set(IdempotencyKey, c.key)
		}
	}
	return req, nil
}

// unreachable takes the method and URL off an error of net/http, which says them
// a second time.
func (c *Client) unreachable(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return fmt.Errorf("no answer from the admin API at %s: %w", c.shown, err)
}

// refusal is the problem that an answer carries, or one made from what it is.
func refusal(resp *http.Response, body []byte) *Problem {
	p := &Problem{}
	if t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); t == ProblemType {
		if err := json.Unmarshal(body, p); err == nil {
			p.Status, p.RetryAfter = resp.StatusCode, retryAfter(resp.Header)
			return p
		}
	}
	const most = 500 // bytes of an answer that is not from Weir
	if len(body) > most {
		body = body[:most]
	}
	return &Problem{
		Title:  http.StatusText(resp.StatusCode),
		Detail: strings.TrimSpace(fmt.Sprintf("answer %s: %s", resp.Status, bytes.ToValidUTF8(body, nil))),
		Status: resp.StatusCode,
	}
}
