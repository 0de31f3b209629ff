package config

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzLoad feeds any bytes: never a panic, and either a configuration within its
// bounds or problems that each have a place in the file.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "../deploy/examples/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("weir.yaml", data)
		if err == nil {
			checkSound(t, c)
			return
		}
		invalid, ok := errors.AsType[*Invalid](err)
		if !ok || len(invalid.Problems) == 0 {
			t.Fatalf("Parse = %v, want an *Invalid with problems", err)
		}
		lines := linesOf(data)
		for _, p := range invalid.Problems {
			if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > utf8.RuneCountInString(lines[p.Line-1])+1 {
				t.Errorf("%q: place outside of the file", p)
			}
			if strings.ContainsAny(p.String(), "\r\n") || !utf8.ValidString(p.String()) {
				t.Errorf("%q: want one line of text", p)
			}
		}
	})
}

// linesOf is the lines of data as an editor counts them.
func linesOf(data []byte) []string {
	text := strings.TrimPrefix(string(data), "\uFEFF")
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// checkSound asserts what the other packages rely on.
func checkSound(t *testing.T, c *Config) {
	t.Helper()
	if len(c.Listeners) == 0 || len(c.Upstreams) == 0 || len(c.Routes) == 0 {
		t.Fatalf("%+v: want at least one listener, upstream and route", c)
	}
	names := make(map[string]bool)
	for _, u := range c.Upstreams {
		names[u.Name] = true
		sum, stable := 0.0, false
		for _, v := range u.Versions {
			if len(v.Endpoints) == 0 || !(v.Weight >= 0) || math.IsInf(v.Weight, 0) {
				t.Errorf("%s: %+v: want endpoints, and a finite weight of 0 or more", u.Name, v)
			}
			sum += v.Weight
			stable = stable || v.Name == u.Stable
		}
		if sum <= 0 || !stable {
			t.Errorf("%+v: want a weight above 0, and a stable version that exists", u)
		}
		last := 0.0
		for _, s := range u.Rollout.Steps {
			mirrors := s.Mirror > 0 && s.Mirror <= 100 && s.MaxMismatch > 0 && s.MaxMismatch < 1 && s.Percent == 0 && last == 0
			if !mirrors && !(s.Percent > last) || s.Hold < 0 {
				t.Errorf("%+v: want rising steps", u.Rollout.Steps)
			}
			last = s.Percent
		}
		if len(u.Rollout.Steps) > 0 && last != 100 {
			t.Errorf("%+v: want 100 in the last step", u.Rollout.Steps)
		}
	}
	for _, r := range c.Routes {
		if !names[r.Upstream] && r.Redirect == nil && r.Respond == nil || r.Kind != Regex && !strings.HasPrefix(r.Path, "/") || r.Host == "" {
			t.Errorf("%+v: want a host, a path and an upstream that exists", r)
		}
	}
}
