package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckEffective(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("check", "testdata/good.yaml", "--effective")
	lines := strings.Split(stdout, "\n")
	if code != 0 || stderr != "" || len(lines) < 50 || strings.Fields(lines[0])[0] != "KEY" {
		t.Fatalf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	want := map[string]bool{"upstreams.api.timeouts.connect default 2s": true, "listeners[0].name testdata/good.yaml:2:12 web": true}
	for _, l := range lines {
		delete(want, strings.Join(strings.Fields(l), " "))
	}
	if len(want) > 0 {
		t.Errorf("no lines %v in:\n%s", want, stdout)
	}

	stdout, _, code = f.weir("check", "testdata/good.yaml", "--effective", "-o", "json")
	var settings []struct {
		Key   string
		Value any
		From  string
	}
	if err := json.Unmarshal([]byte(stdout), &settings); err != nil || code != 0 || len(settings) < 50 {
		t.Errorf("exit %d, %v, %d settings", code, err, len(settings))
	}
	stdout, stderr, code = f.weir("check", "testdata/bad.yaml", "--effective")
	if code != 1 || stdout != "" || strings.Count(stderr, "testdata/bad.yaml:") != 2 {
		t.Errorf("a bad file: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
