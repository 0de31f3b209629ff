package config

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is shown of targets has none of their secrets, and loads as targets that differ
// in nothing else.
func TestNotifyIsShownWithoutSecrets(t *testing.T) {
	c, err := Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(c.Document())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"s3cret", "a?b", "Bearer"} {
		if strings.Contains(string(doc), secret) {
			t.Errorf("the document has %s", secret)
		}
	}
	again, err := Parse(c.File, doc)
	if err != nil {
		t.Fatal(err)
	}
	var want []Notify
	for _, n := range c.Notify {
		want = append(want, n.Shown())
	}
	if want[0].URL != "https://hooks.example/***" || want[1].Headers[0].Value != "***" || c.Notify[1].Headers[0].Value != "Bearer x" {
		t.Errorf("shown %+v of %+v", want, c.Notify)
	}
	if diff := cmp.Diff(want, again.Notify); diff != "" {
		t.Errorf("loaded again (-want +got):\n%s", diff)
	}
}

// A URL comes from the environment too, and what is wrong with it is said without it.
func TestNotifyOfTheEnvironment(t *testing.T) {
	text := func(url string) []byte {
		return []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}}
routes: [{upstream: api}]
notify: [{name: chat, slack: "` + url + `"}]
`)
	}
	t.Setenv("WEIR_TEST_HOOK", "https://hooks.example/s3cret")
	if c, err := Parse("weir.yaml", text("${WEIR_TEST_HOOK}")); err != nil || c.Notify[0].URL != "https://hooks.example/s3cret" {
		t.Errorf("%v", err)
	}
	t.Setenv("WEIR_TEST_HOOK", "hooks.example/s3cret")
	if _, err := Parse("weir.yaml", text("${WEIR_TEST_HOOK}")); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}
