package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestHandler(t *testing.T) {
	for _, tt := range []struct {
		path   string
		fails  float64
		status int
		body   string
	}{
		{"/", 0, 200, "hello from v1\n"},
		{"/any/path", 100, 500, "this version is broken\n"},
		{"/health", 100, 200, "ok\n"},
	} {
		s := httptest.NewServer(handler("v1", tt.fails))
		res, err := s.Client().Get(s.URL + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		s.Close()
		if err != nil || res.StatusCode != tt.status || string(body) != tt.body {
			t.Errorf("%s with %v%% failing: %d %q, %v, want %d %q", tt.path, tt.fails, res.StatusCode, body, err, tt.status, tt.body)
		}
		if ok := ask(http.DefaultClient, s.URL); ok {
			t.Error("a server that is gone has answered")
		}
	}
}
