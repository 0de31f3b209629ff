package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	if err := Check(file, &out); err != nil || strings.Contains(out.String(), "warning: weir.yaml:4:") {
		t.Errorf("with it: %v, %s", err, out.String())
	}
	if err := os.Chmod(headers, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Check(file, &out); err != nil || !strings.Contains(out.String(), "tracing.headers_file: "+headers+": its mode 0644 lets others read it") {
		t.Errorf("where others can read it: %v, %s", err, out.String())
	}
	if err := errors.Join(os.Remove(headers), syscall.Mkfifo(headers, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := Check(file, &out); err == nil || !strings.Contains(err.Error(), "not a regular file") { // and does not wait for a writer
		t.Errorf("a named pipe: %v", err)
	}
}
