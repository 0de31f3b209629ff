package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckReadsTracingHeaders: what a reload refuses, check refuses.
func TestCheckReadsTracingHeaders(t *testing.T) {
	dir := t.TempDir()
	file, headers := filepath.Join(dir, "weir.yaml"), filepath.Join(dir, "headers")
	const text = `
listeners:
  - {name: web, address: "127.0.0.1:0"}
tracing: {otlp: "http://127.0.0.1:4318/v1/traces", headers_file: headers}
upstreams:
  api: {versions: {v1: {endpoints: ["127.0.0.1:1"]}}}
routes:
  - {host: "*", path: /, upstream: api}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Check(file, &out); err == nil || !strings.Contains(err.Error(), "weir.yaml:4:") || !strings.Contains(err.Error(), "tracing.headers_file") {
		t.Errorf("without the file: %v, want its place", err)
	}
	if err := os.WriteFile(headers, []byte("authorization: Bearer x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Check(file, &out); err != nil {
		t.Errorf("with it: %v", err)
	}
}
