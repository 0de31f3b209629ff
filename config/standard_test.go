package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The defaults of the schema and the reference are those in force: a file that writes
// nothing but what must be there comes to exactly them.
func TestDefaultsAreInForce(t *testing.T) {
	c, err := Load("testdata/standard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{}
	var compare func(of *surveyed, doc any, path string)
	compare = func(of *surveyed, doc any, path string) {
		switch doc := doc.(type) {
		case map[string]any:
			for key, below := range doc {
				next := of.keys[key]
				if next == nil {
					next = of.each
				}
				if next == nil {
					t.Fatalf("%s.%s is in force, and no reader takes it", path, key)
				}
				compare(next, below, join(path, key))
			}
			return
		case []any:
			for i, below := range doc {
				if of.items != nil {
					compare(of.items, below, path+item(i))
				}
			}
		}
		if _, written := c.places.at[path]; written || of.standard == nil || of.said.standard != "" {
			return
		}
		compared[of.path] = true
		if got, want := plainly(doc), plainly(of.standard); got != want {
			t.Errorf("%s is %s when it is not written, and its default is said to be %s", path, got, want)
		}
	}
	root := describedKeys(t)
	compare(root, c.Document(), "")
	left := map[string]bool{"false": true, "0s": true, "": true} // a document leaves out what is nothing
	root.all(func(s *surveyed) {
		if s.standard != nil && s.said.standard == "" && !s.said.twin && !compared[s.path] && !left[plainly(s.standard)] && s.path != "upstreams.*.rollout.blue_green.warm_up.path" {
			t.Errorf("%s: nobody has compared its default, %v: want it in %s", s.path, s.standard, c.File)
		}
	})
	if len(compared) < 140 {
		t.Errorf("%d defaults compared, want nearly all", len(compared))
	}
}

// A block that is not in force unless it is written is one with words for that.
func TestBlocksThatAreOff(t *testing.T) {
	c, err := Load("testdata/standard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc := c.Document()
	nothing := doc["upstreams"].(map[string]any)["nothing"]
	root := describedKeys(t)
	for _, tt := range []struct {
		of  *surveyed
		doc any
	}{
		{root.keys["upstreams"].each, nothing},
		{root.keys["upstreams"].each.keys["rollout"], nothing.(map[string]any)["rollout"]},
		{root.keys["upstreams"].each.keys["health"], nothing.(map[string]any)["health"]},
		{root.keys["clients"], doc["clients"]},
	} {
		for key, s := range tt.of.keys {
			_, inForce := tt.doc.(map[string]any)[key]
			if s.keys != nil && !s.needed && inForce != (s.said.standard == "") {
				t.Errorf("%s: in force without being written: %v, and keys.txt says of its default: %q", s.path, inForce, s.said.standard)
			}
		}
	}
}

// plainly is one text for all writings of a value.
func plainly(v any) string {
	s := strings.Trim(fmt.Sprint(v), "[]")
	if d, err := time.ParseDuration(s); err == nil {
		return d.String()
	}
	return s
}
