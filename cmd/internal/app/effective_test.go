package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEffectiveOfNGINX(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nginx.conf")
	conf := `events {}
http {
  upstream api { server 127.0.0.1:3001; }
  server { listen 8080;
    location /a { proxy_pass http://api; }
    location /b { return 204; }
  }
}
`
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := Effective(file)
	if err != nil {
		t.Fatal(err)
	}
	from := map[string]string{}
	for _, s := range settings {
		from[s.Key] = s.From
	}
	for key, want := range map[string]string{
		"upstreams.api.versions.v1.endpoints[0].address": file + ":5", // which names the upstream
		"routes[0].path.regex":                           file + ":5",
		"routes[1].path.regex":                           file + ":6",
		"clients.timeouts.body":                          file, // by NGINX's default
		"listeners[0].address":                           file,
		"upstreams.api.guard":                            "default",
		"clients.limits.headers":                         "default",
	} {
		if from[key] != want {
			t.Errorf("%s is from %q, want %q", key, from[key], want)
		}
	}
}

// What is a secret is none of the values.
func TestEffectiveHidesSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weir.yaml")
	text := `listeners: [{name: web, address: ":8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}}
notify: [{name: chat, slack: "https://hooks.example/s3cret", headers: {authorization: "Bearer s3cret"}}]
routes: [{upstream: api}]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := Effective(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, s := range settings {
		seen = seen || s.Key == "notify[0].slack" && s.From == file+":3:30"
		if strings.Contains(s.String(), "s3cret") {
			t.Errorf("%s = %s", s.Key, s)
		}
	}
	if !seen {
		t.Errorf("%v: want notify[0].slack, from where it is written", settings)
	}
}

func TestSettingsAreShown(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{"1h0m0s", "1h"}, {"", `""`}, {"a\nb", `"a\nb"`}, {"a b", "a b"}, {7, "7"}, {true, "true"},
		{[]any{"a", 2}, "[a, 2]"}, {[]string{"a", "b"}, "[a, b]"}, {"5%", "5%"},
	} {
		if got := (Setting{Value: tt.value}).String(); got != tt.want {
			t.Errorf("%v is shown as %s, want %s", tt.value, got, tt.want)
		}
	}
}
