package config

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// generated compares a file that is made of the readers and keys.txt with what it must
// say. With WEIR_DOCS=write it is written.
func generated(t *testing.T, file string, want []byte) {
	t.Helper()
	if os.Getenv("WEIR_DOCS") == "write" {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the readers and keys.txt say: run WEIR_DOCS=write go test ./config", file)
	}
}

func TestSchemaIsCurrent(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(schemaDocument(describedKeys(t))); err != nil {
		t.Fatal(err)
	}
	generated(t, "schema.json", b.Bytes())
}
