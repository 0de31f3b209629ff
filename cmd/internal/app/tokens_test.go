package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"weir/config"
)

const (
	oneToken   = "one-0123456789abcdef"
	otherToken = "other-0123456789abcdef"
)

// tokenFile is a file of tokens, and a configuration that names it.
func tokenFile(t *testing.T, content string) (path string, cfg *config.Config) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "tokens")
	putTokens(t, path, content)
	cfg, err := config.Parse(filepath.Join(dir, "weir.yaml"), []byte(`listeners:
  - {name: web, address: "127.0.0.1:0"}
admin:
  tokens_file: tokens
upstreams:
  api: {versions: {v1: {endpoints: ["127.0.0.1:1"]}}}
routes:
  - {upstream: api}
`))
	if err != nil {
		t.Fatal(err)
	}
	return path, cfg
}

func putTokens(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every fault of the file is told with its place in the configuration, and no token.
func TestTokensAtTheStart(t *testing.T) {
	path, cfg := tokenFile(t, "view:"+oneToken+"\nview:"+oneToken+"\nroot:"+otherToken+"\n")
	_, err := openTokens(cfg, zerolog.Nop())
	at := cfg.File + ":4:3: admin.tokens_file: " + path
	want := at + ":2: the token of line 1 again: want another one\n" + at + ":3: the role is unknown: want view, operate or evaluate before the first colon"
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
	putTokens(t, path, "view:"+oneToken)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err = openTokens(cfg, zerolog.Nop()); err == nil || !strings.Contains(err.Error(), at+": its mode 0644 lets others read it: want 0600 (chmod 600 "+path) {
		t.Errorf("a file that others can read: %v", err)
	}
	if err := Check(cfg.File, new(bytes.Buffer)); err == nil {
		t.Error("weir check of a configuration that is not there")
	}
}

// A change of the file is in force within five seconds, whatever is wrong with another
// line of it.
func TestTokensAreFollowed(t *testing.T) {
	path, cfg := tokenFile(t, "view:"+oneToken)
	var log bytes.Buffer
	k, err := openTokens(cfg, zerolog.New(&log))
	if err != nil {
		t.Fatal(err)
	}
	stop := task(t.Context(), k.run)
	defer stop()
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not within five seconds: %s", what)
			}
		}
	}
	knows := func(token string) bool { _, ok := k.ring.Find(token); return ok }

	putTokens(t, path+".next", "operate:"+otherToken)
	if err := os.Rename(path+".next", path); err != nil {
		t.Fatal(err)
	}
	until("another token", func() bool { return knows(otherToken) && !knows(oneToken) })

	putTokens(t, path, "operate:short\n")
	until("what is wrong", func() bool { return !k.ok() })
	if s := k.status(); !strings.HasSuffix(s.Error, ":1: a token of 5 bytes: want 8 to 256") || !knows(otherToken) {
		t.Errorf("after a bad file: %+v, the old token is in force: %v", s, knows(otherToken))
	}

	putTokens(t, path, "operat:"+otherToken+"\nview:"+oneToken+"\n")
	until("a good line beside a bad one", func() bool { return knows(oneToken) })
	if !knows(otherToken) || k.ok() {
		t.Errorf("the token of the bad line is in force: %v, and something is wrong: %v", knows(otherToken), !k.ok())
	}
	putTokens(t, path, "operat:short\nview:"+oneToken+"\n")
	until("what was taken out is out, although a line is bad", func() bool { return !knows(otherToken) && knows(oneToken) })

	putTokens(t, path, "operate:"+oneToken)
	until("a good file again", func() bool { return k.ok() && knows(oneToken) })

	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	until("a warning of the mode", func() bool { return !k.ok() })
	if !knows(oneToken) {
		t.Error("the token is not in force because of the file's mode")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	until("the file is gone", func() bool { return strings.Contains(k.status().Error, "no such file") })
	if !knows(oneToken) {
		t.Error("the token is not in force because the file is gone")
	}
	stop()
	for _, secret := range []string{oneToken, otherToken, "short"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has a token: %s", log.String())
		}
	}
}
