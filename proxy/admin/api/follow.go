package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// How long Follow waits before it connects again: the first after a connection
// that worked, then twice as long each time.
const (
	reconnectFirst = 250 * time.Millisecond
	reconnectMost  = 5 * time.Second
)

// errHandler wraps what a handler returned, to tell it from a broken stream.
type errHandler struct{ error }

// Follow calls handle with each event behind the one with id lastID (empty: from
// now on), in order. It connects again when the stream breaks or falls silent,
// and goes on behind the last event it saw; events that the server no longer has
// by then are lost. It returns what handle returns if that is an error, a
// *Problem if the server refuses, or the context's error when that ends.
func (c *Client) Follow(ctx context.Context, lastID string, handle func(Event) error) error {
	pause := reconnectFirst
	for {
		heard, err := c.stream(ctx, "", &lastID, handle)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if e, ok := errors.AsType[errHandler](err); ok {
			return e.error
		}
		// 503 and the like may pass; what is wrong with the request will not.
		if p, ok := errors.AsType[*Problem](err); ok && p.Status < 500 {
			return p
		}
		if heard {
			pause = reconnectFirst
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, reconnectMost)
	}
}

// Events calls handle with each event that the server has kept, behind the one with id
// lastID (empty: with all), in order. It returns what handle returns if that is an error.
func (c *Client) Events(ctx context.Context, lastID string, handle func(Event) error) error {
	_, err := c.stream(ctx, "?follow=false", &lastID, handle)
	if e, ok := errors.AsType[errHandler](err); ok {
		return e.error
	}
	if errors.Is(err, io.ErrUnexpectedEOF) { // where it is to end
		return nil
	}
	return err
}

// stream reads one connection until it ends; heard says that it worked.
func (c *Client) stream(ctx context.Context, query string, lastID *string, handle func(Event) error) (heard bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watchdog := time.AfterFunc(c.silence, cancel)
	defer watchdog.Stop()

	req, err := c.request(ctx, http.MethodGet, "/v1/events"+query, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if *lastID != "" {
		req.Header.Set("Last-Event-ID", *lastID)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false, c.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // as much as there is
		return false, refusal(resp, b)
	}
	for block, err := range eventBlocks(resp.Body) {
		if err != nil {
			return heard, fmt.Errorf("event stream of %s: %w", c.shown, err)
		}
		heard = true
		watchdog.Reset(c.silence)
		if block.data == "" {
			continue
		}
		var e Event
		if err := json.Unmarshal([]byte(block.data), &e); err != nil {
			return heard, fmt.Errorf("event stream of %s: %w", c.shown, err)
		}
		if block.id != "" {
			*lastID = block.id
		}
		if err := handle(e); err != nil {
			return heard, errHandler{err}
		}
	}
	return heard, io.ErrUnexpectedEOF
}
