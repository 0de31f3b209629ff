package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// extended is the minimal file with more keys of its upstream.
func extended(text string) string {
	return strings.Replace(minimal, "api: {", "api: {"+text+", ", 1)
}

func TestStickyDefaults(t *testing.T) {
	for text, want := range map[string]*Sticky{
		"{cookie: weir_api}": {Cookie: "weir_api", MaxAge: 24 * time.Hour, Path: "/"},
		"{cookie: weir_api, max_age: 0s, path: '', domain: example.org}": {Cookie: "weir_api", Domain: "example.org"},
		"{header: X-User-Id}": {Header: "x-user-id", MaxAge: 24 * time.Hour, Path: "/"},
		"{ip: true}":          {IP: true, MaxAge: 24 * time.Hour, Path: "/"},
	} {
		file := extended("sticky: " + text)
		c, err := Parse("weir.yaml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Upstreams[0].Sticky); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		loadsAgain(t, "weir.yaml", []byte(file))
	}
}

const pinned = `
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    stable: v1
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}, v2: {endpoints: ["127.0.0.1:3002"]}}
    pins:
      - {header: X-Version, value: next, version: v2, from: [10.0.0.0/8, "::1"]}
      - {cookie: Preview, value: on, version: v2}
      - {header: X-Version, value: 8f14e45fceea167a, version: v2}
      - {header: X-Version, value: aaaaaaaaaaaaaaaaaaaaaaaa, version: v1}
      - {header: X-Version, value: old, version: v1, from: [0.0.0.0/0]}
routes: [{upstream: api}]
`

func TestPins(t *testing.T) {
	c, err := Parse("weir.yaml", []byte(pinned))
	if err != nil {
		t.Fatal(err)
	}
	want := []Pin{
		{Header: "x-version", Value: "next", Version: "v2", From: []string{"10.0.0.0/8", "::1/128"}},
		{Cookie: "Preview", Value: "on", Version: "v2"},
		{Header: "x-version", Value: "8f14e45fceea167a", Version: "v2"},
		{Header: "x-version", Value: "aaaaaaaaaaaaaaaaaaaaaaaa", Version: "v1"},
		{Header: "x-version", Value: "old", Version: "v1", From: []string{"0.0.0.0/0"}},
	}
	if diff := cmp.Diff(want, c.Upstreams[0].Pins); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	loadsAgain(t, "weir.yaml", []byte(pinned))
}

// TestAdvice: what anybody could guess opens a version to everybody.
func TestAdvice(t *testing.T) {
	c, err := Parse("weir.yaml", []byte(pinned))
	if err != nil {
		t.Fatal(err)
	}
	const why = ": anybody can guess it and so reach the version: want `from`, or a long random value"
	want := []string{
		"weir.yaml:9:27: upstreams.api.pins[1].value: on" + why,
		"weir.yaml:11:29: upstreams.api.pins[3].value: aaaaaaaaaaaaaaaaaaaaaaaa" + why,
		"weir.yaml:12:29: upstreams.api.pins[4].value: old" + why,
	}
	if diff := cmp.Diff(want, c.Advice()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	preview := extended(`rollout: {strategy: blue_green, blue_green: {preview: {header: X-Preview, value: green}}}`)
	if c, err = Parse("weir.yaml", []byte(preview)); err != nil {
		t.Fatal(err)
	}
	if got := c.Advice(); len(got) != 1 || !strings.Contains(got[0], "upstreams.api.rollout.blue_green.preview.value: green"+why) {
		t.Errorf("%q, want the preview's value", got)
	}
}
