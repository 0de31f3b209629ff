package main

import (
	"encoding/json"
	"testing"
)

func TestSchemaIsPrinted(t *testing.T) {
	stdout, stderr, code := newFakeAdmin(t).weir("schema")
	var schema struct {
		Schema     string                     `json:"$schema"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal([]byte(stdout), &schema); err != nil || code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q, %v", code, stderr, err)
	}
	if schema.Schema != "https://json-schema.org/draft/2020-12/schema" || schema.Properties["upstreams"] == nil {
		t.Errorf("%s: want draft 2020-12, and upstreams", stdout[:200])
	}
}
