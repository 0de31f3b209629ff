package deploy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"

	"weir/config"
)

// read is a file of this folder.
func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// documents decodes a file of YAML documents, each into what kind says that it is. Keys
// that the type does not have are errors.
func documents(t *testing.T, name string, into func(kind string) any) (all []any) {
	t.Helper()
	for dec := yaml.NewDecoder(bytes.NewReader(read(t, name))); ; {
		var tree yaml.Node
		if err := dec.Decode(&tree); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var head struct{ Kind string }
		if err := tree.Decode(&head); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		doc := into(head.Kind)
		if doc == nil {
			t.Fatalf("%s: kind %q is not known here", name, head.Kind)
		}
		text, err := yaml.Marshal(&tree)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		strict := yaml.NewDecoder(bytes.NewReader(text))
		strict.KnownFields(true)
		if err := strict.Decode(doc); err != nil {
			t.Errorf("%s: %s: %v", name, head.Kind, err)
		}
		all = append(all, doc)
	}
	return all
}

// document decodes a file that has one.
func document(t *testing.T, name string, into any) {
	t.Helper()
	if n := len(documents(t, name, func(string) any { return into })); n != 1 {
		t.Errorf("%s has %d documents, want one", name, n)
	}
}

// usable demands that a configuration loads, and returns it.
func usable(t *testing.T, name string) *config.Config {
	t.Helper()
	cfg, err := config.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// exists demands a file or folder.
func exists(t *testing.T, who string, name ...string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(name...)); err != nil {
		t.Errorf("%s: %v", who, err)
	}
}
