package config

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestShownURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://h/p":                     "http://h/p",
		"http://user:pass@h:1/p":         "http://***@h:1/p",
		"http://token@h":                 "http://***@h",
		"http://a@b@h/p@q":               "http://***@h/p@q",
		"https://h?token=x":              "https://h?token=***",
		"https://h/p?a&token=x=y&b=":     "https://h/p?a&token=***&b=",
		"https://h/{{to}}?v={{to}}&k=x":  "https://h/{{to}}?v={{to}}&k=***",
		"https://h/p?next=http://u:p@i/": "https://h/p?next=***",
	} {
		if got := shownURL(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

// TestDocumentHidesSecrets plants one at each place that may have one. What is shown can
// be loaded all the same.
func TestDocumentHidesSecrets(t *testing.T) {
	const secret = "S3CR3T"
	file := strings.ReplaceAll(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
notify:
  - {name: chat, slack: "https://hooks.example/services/SECRET", headers: {X-A: SECRET}}
upstreams:
  api:
    stable: v1
    versions: {v1: {endpoints: ["127.0.0.1:3001"], schema: "1"}, v2: {endpoints: ["127.0.0.1:3002"], schema: "1"}}
    schema: {url: "http://u:SECRET@127.0.0.1:1/v?key=SECRET"}
    health: {active: {path: "/health?token=SECRET", headers: {X-A: SECRET}}}
    rollout:
      strategy: blue_green
      blue_green: {smoke: [{path: "/s?token=SECRET", headers: {X-A: SECRET}}]}
      rolling: {start: {http: {url: "http://127.0.0.1:1/?token=SECRET", headers: {X-A: SECRET}}}}
      gates:
        - {name: a, at: before_start, http: {url: "http://127.0.0.1:1/?token=SECRET", headers: {X-A: SECRET}}}
        - {name: b, at: before_start, prometheus: {url: "http://127.0.0.1:1/?token=SECRET", query: up, headers: {X-A: SECRET}, min: 1}}
        - {name: c, at: before_start, json: {url: "http://127.0.0.1:1/?a={{to}}&token=SECRET", headers: {X-A: SECRET}, equals: x}}
  cache:
    versions: {v1: {endpoints: ["127.0.0.1:3003"]}}
    health: {active: {tcp: {send: "AUTH SECRET\r\n", expect: OK}}}
routes:
  - {upstream: api, headers: {X-Api-Key: SECRET}, cookies: {session: SECRET}, query: {token: SECRET}, request_headers: {set: {Authorization: "Bearer SECRET"}, append: {X-Auth-Token: SECRET}}}
  - {path: /c, upstream: cache}
`, "SECRET", secret)
	c, err := Parse("weir.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(c.Document())
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(string(doc), secret); i >= 0 {
		t.Errorf("a secret is shown: ...%s", doc[max(0, i-80):i+len(secret)])
	}
	if _, err := Parse("weir.yaml", doc); err != nil {
		t.Errorf("what is shown cannot be loaded: %v", err)
	}
}

// What is wrong with a value is said without it, where that may be a secret: a refused
// reload is shown to everybody who may look.
func TestProblemsHideSecrets(t *testing.T) {
	const secret = "S3CR3T"
	for _, wrong := range []string{
		`schema: {url: "http://u:S3CR3T@h/#x"}`,
		`schema: {url: "ftp://S3CR3T@h/?k=S3CR3T"}`,
		`health: {active: {path: /, headers: {X-A: "S3CR3Té"}}}`,
		`health: {active: {path: /, headers: {X-A: "S3CR3T\n"}}}`,
		`rollout: {gates: [{name: a, at: before_start, http: {url: "http://u:S3CR3T@h/?k=S3CR3T"}}]}`,
		`rollout: {gates: [{name: a, at: before_start, http: {url: "http://h/\r?k=S3CR3T"}}]}`,
		`rollout: {gates: [{name: a, at: before_start, http: {url: "http://h/", headers: {X-A: "S3CR3T\x00"}}}]}`,
	} {
		_, err := Parse("weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}}
    `+wrong+`
routes: [{upstream: api}]
`))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
