package main

import (
	"strings"
	"testing"
)

func TestEvents(t *testing.T) {
	f := newFakeAdmin(t)
	lines := []string{
		"2025-03-04 05:06:07  reload     refused: weir.yaml:1:2: wrong; weir.yaml:3:4: too\n",
		"2025-03-04 05:06:07  endpoint   api v2 127.0.0.1:3002: ejected: 5 failures in a row\n",
		"2025-03-04 05:06:07  rollout    web v2: holding: both fail\n",
		"2025-03-04 05:06:07  revision   api: revision 7: guard: worse: 8 of 10 failed\n",
		"2025-03-04 05:06:07  flag       new-checkout: disabled: it fails\n",
	}
	for args, want := range map[string]string{
		"events":                              strings.Join(lines, ""),
		"events api":                          lines[1] + lines[3],
		"events --type reload --type rollout": lines[0] + lines[2],
		"events shop":                         lines[2],
		"events --flag new-checkout":          lines[4],
		"events api --type reload":            "",
	} {
		stdout, stderr, code := f.weir(strings.Fields(args)...)
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit %d, stderr %q", args, code, stderr)
		}
		wantOutput(t, stdout, want)
	}
	stdout, _, _ := f.weir("events", "--type", "reload", "-o", "json")
	want := `{"id":"1","type":"reload","at":"` + someTime.Format("2006-01-02T15:04:05Z07:00") + `","state":"refused","reason":"weir.yaml:1:2: wrong\nweir.yaml:3:4: too"}` + "\n"
	if stdout != want {
		t.Errorf("-o json: %s, want %s", stdout, want)
	}
	for args, want := range map[string]string{
		"events --type rollouts": `--type "rollouts": want revision, rollout,`,
		"events a b":             `unexpected "b"`,
		"events api --flag old":  "api and --flag old: want one of them",
	} {
		if _, stderr, code := f.weir(strings.Fields(args)...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, stderr %q, want 2 and %q", args, code, stderr, want)
		}
	}
}
