package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Flags answers GET /v1/flags, sorted by key.
type Flags struct {
	Flags []Flag `json:"flags"`
}

// Flag answers GET /v1/flags/{f} and every write to a flag.
type Flag struct {
	Key string `json:"key"`
	// Revision numbers what is set over the definition, from 1; it is also the ETag of this
	// object. 0, which is no ETag: nobody has changed the flag since it is in the file.
	Revision uint64 `json:"revision"`
	Enabled  bool   `json:"enabled"`
	// Variant is what everybody gets, whatever the rules say; null: nobody is forced.
	Variant *string `json:"variant"`
	// Default is what those get whom the rules leave alone; null: the application's own.
	Default *string `json:"default"`
	// Variants are in the order of the file.
	Variants []FlagVariant `json:"variants"`
	// Counted says that requests of users ask for the flag: else there is nothing in the
	// windows.
	Counted bool `json:"counted"`
	// None are requests that got no variant.
	None Window `json:"none"`
	// Targeting is the rule, as it is written; null: there is none.
	Targeting json.RawMessage `json:"targeting"`
	// Metadata is the flag's over its file's; null: there is none.
	Metadata json.RawMessage `json:"metadata"`
	File     string          `json:"file"` // that defines it
	Line     int             `json:"line"`
	// Defined is what the file says of enabled.
	Defined bool `json:"defined"`
	// LastChange is the present revision; null: there is none.
	LastChange *FlagRevision `json:"last_change"`
	Rollout    *Rollout      `json:"rollout"` // that runs; null: none
}

// FlagVariant is one of the values that a flag can have.
type FlagVariant struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
	// Share is the part of the requests in all windows of the flag that got it, 0 to 1; 0
	// without requests.
	Share float64 `json:"share"`
	// Window is what their users saw; latencies are to the first byte of the answer.
	Window Window `json:"window"`
}

// FlagRevision is one change of what is set over a flag's definition.
type FlagRevision struct {
	Revision uint64    `json:"revision"` // from 1
	At       time.Time `json:"at"`
	Author   string    `json:"author"` // as the caller calls himself
	From     string    `json:"from"`   // where he is
	Source   string    `json:"source"` // api, undo, file or rollout
	Reason   string    `json:"reason"`
	Enabled  *bool     `json:"enabled"` // null: as the file says
	Variant  *string   `json:"variant"` // null: nobody is forced
	// Rollout is the one that made this revision, as it was then, or that it has ended: the
	// last one has the report. null: neither.
	Rollout *Rollout `json:"rollout"`
	// Gates are the answers of that rollout's gates until then.
	Gates []Gate `json:"gates,omitempty"`
}

// FlagHistory answers GET /v1/flags/{f}/history, newest first.
type FlagHistory struct {
	Revisions []FlagRevision `json:"revisions"`
	Next      uint64         `json:"next,omitempty"` // see History
}

// FlagRequest is the body of PATCH /v1/flags/{f}. What is left out stays as it is.
type FlagRequest struct {
	Enabled *bool         `json:"enabled,omitempty"`
	Variant ForcedVariant `json:"variant,omitzero"`
	Reason  string        `json:"reason,omitempty"`
	Author  string        `json:"author,omitempty"`
}

// ForcedVariant is a variant for everybody, or, as null, for nobody in particular any
// more. The zero value leaves that as it is.
type ForcedVariant struct {
	Given bool
	Name  string // "": null
}

// Force is a variant for everybody; "" is none.
func Force(name string) ForcedVariant { return ForcedVariant{Given: true, Name: name} }

// MarshalJSON writes a text, or null.
func (v ForcedVariant) MarshalJSON() ([]byte, error) {
	if v.Name == "" {
		return []byte("null"), nil
	}
	return json.Marshal(v.Name)
}

// UnmarshalJSON reads a text, or null.
func (v *ForcedVariant) UnmarshalJSON(in []byte) error {
	v.Given, v.Name = true, ""
	if bytes.Equal(in, []byte("null")) {
		return nil
	}
	return json.Unmarshal(in, &v.Name)
}

// EvaluateRequest is the body of POST /v1/flags/{f}/evaluate.
type EvaluateRequest struct {
	// Context is attributes by name, as JSON decodes them. targetingKey is what shares go by.
	Context map[string]any `json:"context,omitempty"`
	// Explain asks for Evaluation.Explanation, which is not for role evaluate.
	Explain bool `json:"explain,omitempty"`
}

// Evaluation answers it: what somebody gets, and why.
type Evaluation struct {
	Key     string          `json:"key"`
	Variant *string         `json:"variant"` // null: none, the application's own default
	Value   json.RawMessage `json:"value"`   // of the variant; null: none
	Reason  string          `json:"reason"`  // in OpenFeature's words
	// ErrorCode and ErrorDetails are of reason ERROR; else absent.
	ErrorCode    string          `json:"error_code,omitempty"`
	ErrorDetails string          `json:"error_details,omitempty"`
	Metadata     json.RawMessage `json:"metadata"` // null: there is none
	// Explanation is absent unless it was asked for.
	Explanation *FlagExplanation `json:"explanation,omitempty"`
}

// Flags lists all flags, sorted by key.
func (c *Client) Flags(ctx context.Context) ([]Flag, error) {
	var a Flags
	err := c.call(ctx, http.MethodGet, "/v1/flags", nil, &a)
	return a.Flags, err
}

// Flag is one flag as it is now.
func (c *Client) Flag(ctx context.Context, key string) (Flag, error) {
	return c.flag(ctx, http.MethodGet, key, "", nil)
}

// SetFlag turns a flag on or off, or gives everybody a variant.
func (c *Client) SetFlag(ctx context.Context, key string, r FlagRequest) (Flag, error) {
	return c.flag(ctx, http.MethodPatch, key, "", r)
}

// UndoFlag sets what was set at an earlier revision; without one at the one before.
func (c *Client) UndoFlag(ctx context.Context, key string, r UndoRequest) (Flag, error) {
	return c.flag(ctx, http.MethodPost, key, "/undo", r)
}

// FlagHistoryPage is a part of the kept revisions of a flag.
func (c *Client) FlagHistoryPage(ctx context.Context, key string, p Page) (FlagHistory, error) {
	var a FlagHistory
	err := c.call(ctx, http.MethodGet, flagPath(key)+"/history"+p.query(), nil, &a)
	return a, err
}

// EvaluateFlag says what somebody gets of a flag, and why.
func (c *Client) EvaluateFlag(ctx context.Context, key string, r EvaluateRequest) (Evaluation, error) {
	var a Evaluation
	err := c.call(ctx, http.MethodPost, flagPath(key)+"/evaluate", r, &a)
	return a, err
}

func flagPath(key string) string { return "/v1/flags/" + url.PathEscape(key) }

// flag is a call that answers with the flag object.
func (c *Client) flag(ctx context.Context, method, key, rest string, body any) (Flag, error) {
	var a Flag
	err := c.call(ctx, method, flagPath(key)+rest, body, &a)
	return a, err
}
