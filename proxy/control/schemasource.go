package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"weir/config"
)

// staleAfter is after how many intervals without an answer a schema is stale.
const staleAfter = 3

// mostOfSchema bounds what is read of an answer, in bytes.
const mostOfSchema = 4 << 10

// schemaSource asks a URL for the version of the schema, at every interval, whether a
// rollout needs it or not: what it says is seen before somebody has to rely on it.
type schemaSource struct {
	host  *host
	from  config.Schema
	began time.Time
	stop  context.CancelFunc
	said  atomic.Pointer[schemaSaid] // never nil
	soon  chan chan<- struct{}       // who cannot wait for the interval; closed when it has been asked
	ended <-chan struct{}            // closed when nobody asks any more
}

// schemaSaid is the last good answer and what came after it.
type schemaSaid struct {
	version int
	at      time.Time // of the answer; zero: there was none
	err     string    // why the last question has none; "": it has
}

// schemaNow is the version of the schema as far as it is known now.
type schemaNow struct {
	version int
	known   bool
	stale   bool
	at      time.Time // when the URL last said so; zero: the file does
	err     string
}

func (u *upstream) schemaNow(now time.Time) schemaNow {
	s := u.config.Schema
	if s.URL == "" {
		return schemaNow{version: s.Current, known: true}
	}
	src := u.live.schema.Load()
	if src == nil || src.from.URL != s.URL {
		return schemaNow{err: s.Shown() + " has not been asked yet"}
	}
	said := src.said.Load()
	out := schemaNow{version: said.version, known: !said.at.IsZero(), at: said.at, err: said.err}
	since := said.at
	if !out.known {
		since = src.began
		if out.err == "" {
			out.err = s.Shown() + " has not answered yet"
		}
	}
	out.stale = now.Sub(since) >= staleAfter*s.Interval
	if out.stale && out.err == "" {
		out.err = s.Shown() + " has not answered in time"
	}
	return out
}

// followSchema starts asking what the upstream's file says, and ends what another one
// did. What the same URL has said stays. It runs on the writer.
func (c *Control) followSchema(u *upstream) {
	s, src := u.config.Schema, u.live.schema.Load()
	wanted := s != nil && s.URL != ""
	if u.live.ctx == nil || src != nil && wanted && src.from == *s {
		return
	}
	said := &schemaSaid{}
	if src != nil {
		src.stop()
		u.live.schema.Store(nil)
		if wanted && src.from.URL == s.URL {
			said = src.said.Load()
		}
	}
	if !wanted {
		return
	}
	ctx, stop := context.WithCancel(u.live.ctx)
	src = &schemaSource{host: &host{control: c, name: u.name(), live: u.live}, from: *s, began: time.Now(), stop: stop, soon: make(chan chan<- struct{}), ended: ctx.Done()}
	src.said.Store(said)
	u.live.schema.Store(src)
	c.loops.Go(func() {
		defer stop()
		src.run(ctx)
	})
}

// run asks until ctx ends.
func (s *schemaSource) run(ctx context.Context) {
	tick := time.NewTicker(s.from.Interval)
	defer tick.Stop()
	for {
		s.ask(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case asked := <-s.soon:
			s.ask(ctx)
			close(asked)
		}
	}
}

func (s *schemaSource) ask(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, s.from.Timeout)
	defer cancel()
	version, err := s.host.control.askSchema(limited, s.from.URL)
	if ctx.Err() == nil {
		s.take(version, err, time.Now())
	}
}

// askAgain has the upstream's schema asked now, and waits for that: somebody may have
// just changed it. Where it is not asked for there is nothing to wait for.
func (u *upstream) askAgain(ctx context.Context) {
	src := u.live.schema.Load()
	if src == nil {
		return
	}
	asked := make(chan struct{})
	select {
	case src.soon <- asked:
	case <-ctx.Done():
		return
	case <-src.ended:
		return
	}
	select {
	case <-asked:
	case <-ctx.Done():
	case <-src.ended:
	}
}

// take keeps an answer, and tells when it is another one or there is none any more.
func (s *schemaSource) take(version int, err error, now time.Time) {
	was := s.said.Load()
	next := *was
	if err == nil {
		next = schemaSaid{version: version, at: now}
	} else {
		next.err = s.from.Shown() + ": " + err.Error()
	}
	s.said.Store(&next)
	c := s.host.control
	log := c.opts.Log.Info().Str(keyUpstream, s.host.name).Str(keyURL, s.from.Shown())
	switch known := !was.at.IsZero(); {
	case err != nil && was.err == "":
		c.opts.Log.Warn().Str(keyUpstream, s.host.name).Str(keyURL, s.from.Shown()).Err(err).Msg("the version of the schema cannot be read")
		c.emit(Event{Kind: EventSchema, Upstream: s.host.name, State: "unknown", Reason: next.err})
		return
	case err != nil, known && was.version == version && was.err == "":
		return
	case known:
		log = log.Int(keyWas, was.version)
	}
	log.Int(keySchema, version).Msg("schema")
	c.emit(Event{Kind: EventSchema, Upstream: s.host.name, State: strconv.Itoa(version)})
	if u := s.host.upstream(); u != nil {
		for _, warning := range u.schemaAdvice(now) {
			c.opts.Log.Warn().Str(keyUpstream, s.host.name).Msg(warning)
		}
	}
}

// schemaClient follows no redirects: what answers elsewhere is another database's.
var schemaClient = &http.Client{
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// askSchema gets a URL, which answers 200 and a bare number or {"version": N}.
func askSchema(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "weir-schema")
	resp, err := schemaClient.Do(req)
	if err != nil {
		return 0, unwrapped(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("status %d: want 200", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostOfSchema+1))
	if err != nil {
		return 0, unwrapped(ctx, err)
	}
	return readSchema(body)
}

// unwrapped takes the method and URL off an error, which whoever asks says himself.
func unwrapped(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("no complete answer in time")
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

const wantSchema = `want a whole number of 0 or more, bare or as {"version": N}`

func readSchema(body []byte) (int, error) {
	body = bytes.TrimSpace(body)
	if len(body) > mostOfSchema {
		return 0, fmt.Errorf("an answer of more than %d bytes: %s", mostOfSchema, wantSchema)
	}
	text := string(body)
	if strings.HasPrefix(text, "{") {
		var object struct {
			Version json.Number `json:"version"`
		}
		if err := json.Unmarshal(body, &object); err != nil {
			return 0, fmt.Errorf("answer %s: %s", config.Show(text), wantSchema)
		}
		text = object.Version.String()
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > config.MaxSchema {
		return 0, fmt.Errorf("answer %s: %s", config.Show(string(body)), wantSchema)
	}
	return n, nil
}
