package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for _, c := range []struct{ file, token, err string }{
		{"abc-123", "abc-123", ""},
		{"# ours\n\nabc-123\r\n", "abc-123", ""},
		{"operate:abc-123\n", "abc-123", ""},
		{"view:abc-123:ann of nights\n", "abc-123", ""},
		{"", "", "0 lines: want one"},
		{"a\nb\n", "", "2 lines: want one"},
		{"operate:", "", "want a token of visible ASCII"},
		{"abc 123", "", "want a token of visible ASCII"},
		{"abc\x00", "", "want a token of visible ASCII"},
		{"abc\xff", "", "want a token of visible ASCII"},
	} {
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := readToken(path)
		if token != c.token || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %q, %v, want %q, %q", c.file, token, err, c.token, c.err)
		}
		if err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("%q: the message has the token: %v", c.file, err)
		}
	}
}

func TestTokenIsSent(t *testing.T) {
	var said string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said = strings.Join(r.Header.Values("Authorization"), ",")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"generation": 3}`))
	}))
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	defer s.Close()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("operate:abc-123:ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &fakeAdmin{Server: s}
	if _, stderr, code := f.weir("reload"); code != 0 || said != "" {
		t.Errorf("without a token: exit %d %s, sent %q", code, stderr, said)
	}
	if _, stderr, code := f.weir("reload", "--token-file", path); code != 0 || said != "Bearer abc-123" {
		t.Errorf("with --token-file: exit %d %s, sent %q", code, stderr, said)
	}
	said = ""
	t.Setenv("WEIR_TOKEN_FILE", path)
	if _, stderr, code := f.weir("reload"); code != 0 || said != "Bearer abc-123" {
		t.Errorf("with WEIR_TOKEN_FILE: exit %d %s, sent %q", code, stderr, said)
	}
}

func TestUnknownAuthority(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told of the handshake
	s.StartTLS()
	defer s.Close()
	var out, errOut bytes.Buffer
	code := execute(t.Context(), []string{"status", "--admin", s.URL}, &out, &errOut)
	if code != exitRefused || !strings.HasSuffix(errOut.String(), "signed by unknown authority\n--ca FILE says which authorities to believe\n") {
		t.Errorf("exit %d, %s", code, &errOut)
	}
}
