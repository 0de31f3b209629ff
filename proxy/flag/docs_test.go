package flag

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocs: what docs/flags.md shows works, and it names every operator.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/flags.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```json\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	for _, b := range blocks {
		if strings.Contains(b[1], `"flags"`) {
			set(t, b[1])
		} else if _, wrong := ruleOf(t, b[1]); wrong != nil {
			t.Errorf("%s: %v", b[1], wrong)
		}
	}
	rules, _, _ := strings.Cut(string(page), "\n## In the request path\n") // where bodies of the API begin
	spans := regexp.MustCompile("`(\\{\"[^`]*\\})`").FindAllStringSubmatch(rules, -1)
	for _, s := range spans {
		if strings.HasPrefix(s[1], `{"$ref"`) {
			continue
		}
		if _, wrong := ruleOf(t, s[1]); wrong != nil {
			t.Errorf("%s: %v", s[1], wrong)
		}
	}
	if len(blocks) < 3 || len(spans) < 10 {
		t.Errorf("%d blocks and %d rules in the page: the check would prove nothing", len(blocks), len(spans))
	}
	for _, name := range operatorNames {
		if !strings.Contains(string(page), "`"+name+"`") && !strings.Contains(string(page), `{"`+name+`"`) {
			t.Errorf("the page has nothing about %s", name)
		}
	}
}
