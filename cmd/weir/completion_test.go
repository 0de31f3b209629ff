package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// completed is what the shell would offer behind the words.
func completed(t *testing.T, admin string, words ...string) (offers []string, directive string) {
	t.Helper()
	var out, errOut bytes.Buffer
	args := append([]string{"__complete", "--admin", admin}, words...)
	if code := execute(context.Background(), args, &out, &errOut); code != 0 {
		t.Fatalf("%q: exit %d, %s", words, code, errOut.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

// TestCompletion asks as the scripts of bash, zsh and fish do.
func TestCompletion(t *testing.T) {
	f := newFakeAdmin(t)
	for line, want := range map[string]string{
		"drain ":                                  "api :4",
		"rollout status ":                         "api shop :4",
		"explain api ":                            "127.0.0.1:3001 127.0.0.1:3002 :4",
		"explain api 127.0.0.1:3001 ":             ":4",
		"set-weight api ":                         "v1= v2= :6",
		"set-weight api v1=90 ":                   "v2= :6",
		"rollout start api --to ":                 "v1 v2 :4",
		"rollout start shop --to ":                "v1 v2 :4",
		"rollout abort --flag ":                   "new-checkout old :4",
		"rollout start --flag new-checkout --to ": "off on :4",
		"rollout abort --flag new-checkout ":      ":4", // no upstream besides
		"drain api a:1 --version ":                "v1 v2 :4",
		"rollout approve api ":                    "boss :4",
		"rollout approve shop ":                   "boss :4",
		"read-only api ":                          "on off :4",
		"status -o ":                              "table json yaml :4",
		"events --type ":                          "revision rollout gate endpoint reload resolve schema write_hold read_only version_retired contract flag state :4",
		"check ":                                  ":0",
		"flag disable ":                           "new-checkout old :4",
		"flag set new-checkout ":                  "off on --as-defined :4",
		"flag explain new-checkout ":              ":4",
		"import nginx x -o ":                      ":0",
		"rollout ab":                              "abort :4",
	} {
		offers, directive := completed(t, f.URL, strings.Split(line, " ")...)
		for i := range offers {
			offers[i], _, _ = strings.Cut(offers[i], "\t")
		}
		if got := strings.TrimSpace(strings.Join(offers, " ") + " " + directive); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
	f.CloseClientConnections()
	f.Close()
	if offers, directive := completed(t, f.URL, "drain", ""); len(offers) > 0 || directive != ":4" {
		t.Errorf("nobody answers: %q %s, want nothing", offers, directive)
	}
}

func TestCompletionScripts(t *testing.T) {
	f := newFakeAdmin(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if stdout, stderr, code := f.weir("completion", shell); code != 0 || stderr != "" || !strings.Contains(stdout, "__complete") {
			t.Errorf("%s: exit %d, stderr %q, %d bytes", shell, code, stderr, len(stdout))
		}
	}
}
