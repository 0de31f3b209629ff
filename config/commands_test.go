package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAdviseCommands: a command that is not there, or is none, is told before it is run.
func TestAdviseCommands(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"good": 0o755, "text": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for what, tt := range map[string]struct {
		rollout string
		want    []string
	}{
		"gates": {`{steps: [{weight: 100%}], gates: [{name: a, at: before_start, exec: [./good]}, {name: b, at: before_start, exec: [./bad]}, {name: c, at: before_start, exec: [./text]}, {name: d, at: before_start, exec: [bare]}]}`,
			[]string{"upstreams.api.rollout.gates[1].exec[0]: DIR/bad is not there: it cannot be run", "upstreams.api.rollout.gates[2].exec[0]: DIR/text cannot be run: want an executable file"}},
		"hooks": {`{strategy: rolling, rolling: {start: {exec: [./bad]}, stop: {exec: [./good]}}}`,
			[]string{"upstreams.api.rollout.rolling.start.exec[0]: DIR/bad is not there: it cannot be run"}},
	} {
		c, err := Parse(filepath.Join(dir, "weir.yaml"), []byte(extended("rollout: "+tt.rollout)))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var got []string
		for _, line := range c.Advice() {
			_, said, _ := strings.Cut(line, ": ")
			got = append(got, strings.ReplaceAll(said, dir, "DIR"))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}
