package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/config"
)

func TestReadSchema(t *testing.T) {
	for text, want := range map[string]int{
		"42": 42, " 42\n": 42, "0": 0, `{"version": 42}`: 42, `{"name":"x","version":42,"at":1}`: 42, "20261127010203": 20261127010203,
	} {
		if got, err := readSchema([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "4.5", "1e3", `{"version": "x"}`, `{"version": -1}`, `{"version": 1.5}`, `{}`, `{"version": 42`, "9007199254740992", "<html>", strings.Repeat("1", 5000)} {
		if got, err := readSchema([]byte(text)); err == nil || !strings.Contains(err.Error(), "want a whole number of 0 or more") {
			t.Errorf("%q: %d, %v, want a refusal", text, got, err)
		}
	}
}

func TestAskSchema(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Write([]byte("42\n"))
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		case "/silent":
			<-r.Context().Done()
		}
	}))
	defer s.Close()
	if got, err := askSchema(t.Context(), s.URL); err != nil || got != 42 {
		t.Errorf("%d, %v, want 42", got, err)
	}
	for path, want := range map[string]string{
		"/moved": "status 302: want 200", "/endless": "an answer of more than 4096 bytes", "/silent": "no complete answer in time",
	} {
		limit := 10 * time.Second
		if path == "/silent" {
			limit = 100 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		if _, err := askSchema(ctx, s.URL+path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
		cancel()
	}
	s.Close()
	if _, err := askSchema(t.Context(), s.URL); err == nil || strings.Contains(err.Error(), "http://") {
		t.Errorf("nobody listens: %v, want why and no URL", err)
	}
}

// What a URL says to its server alone is told to nobody else.
func TestSchemaURLHasSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := fileConfig(upstreamConfig("api", ver{"v1", 100, 1}))
		cfg.Upstreams[0].Schema = &config.Schema{URL: "http://weir:s3cret@db/version?token=s3cret", Interval: time.Second, Timeout: time.Second}
		b := newBench(t, Options{Config: cfg})
		b.askSchema = func(context.Context, string) (int, error) { return 0, errors.New("refused") }
		defer b.runs(t)()
		time.Sleep(10 * time.Second)
		u, err := b.Upstream("api")
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("%+v %+v", *u.Schema, b.eventsOf(EventSchema))
		if strings.Contains(said, "s3cret") || strings.Count(said, "db/version") != 3 {
			t.Errorf("said %s", said)
		}
	})
}
