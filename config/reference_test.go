package config

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// section is the keys of one mapping, for people.
type section struct {
	path  string
	about string      // what it is for
	keys  []*surveyed // in the order of keys.txt
}

// sections are the mappings that have keys of their own, in the order of keys.txt.
func sections(root *surveyed) []section {
	var out []section
	said := map[string]said{}
	root.all(func(s *surveyed) {
		said[s.path] = s.said
		if s.keys == nil || s.said.like != "" || slices.ContainsFunc(slices.Collect(maps.Values(s.keys)), func(k *surveyed) bool { return k.said.twin }) {
			return
		}
		keys := slices.SortedFunc(maps.Values(s.keys), func(a, b *surveyed) int { return a.said.order - b.said.order })
		out = append(out, section{s.path, said[trimmed(s.path)].sentence, keys})
	})
	slices.SortStableFunc(out, func(a, b section) int { return a.keys[0].said.order - b.keys[0].said.order })
	return out
}

// trimmed is the path of the key whose items or names have that path.
func trimmed(path string) string { return strings.TrimSuffix(strings.TrimSuffix(path, "[]"), ".*") }

// takes is what a key takes, in a few words; block is what its mappings are called.
func takes(s *surveyed, block string) string {
	var ways []string
	for _, sc := range s.scalars {
		ways = append(ways, inWords(sc))
	}
	if s.keys != nil {
		ways = append(ways, "a "+block)
	}
	switch {
	case s.items != nil && len(ways) > 0:
		ways = append(ways, "a list of these")
	case s.items != nil && s.items.keys != nil && s.items.scalars == nil:
		ways = append(ways, "a list, each a "+block)
	case s.items != nil:
		ways = append(ways, "a list, each "+takes(s.items, block))
	case s.each != nil && s.each.keys != nil:
		ways = append(ways, "names, each with a "+block)
	case s.each != nil:
		ways = append(ways, "names, each with "+takes(s.each, block))
	}
	return strings.Join(ways, "; or ")
}

// inWords is what a scalar must be.
func inWords(sc scalar) string {
	number := func(f float64) string { return string(decimal(f)) }
	switch sc.kind {
	case wholeNumbers:
		return "a whole number" + bounds(sc.span, number)
	case numbers:
		return "a number" + bounds(sc.span, number)
	case percentages:
		return "a percentage" + bounds(sc.span, func(f float64) string { return number(f) + "%" })
	case sizes:
		return "a size" + bounds(sc.span, func(f float64) string { return sizeText(int64(f)) })
	case statusRanges:
		return "statuses" + bounds(sc.span, number)
	case onOff:
		return "on or off"
	case oneWord:
		return strings.Join(sc.words, ", ")
	case durations, durationsOrNone:
		words := "a duration"
		if strings.Contains(sc.want, "whole seconds") {
			words += " in whole seconds"
		}
		if sc.span.lo > 0 {
			words += bounds(sc.span, func(f float64) string { return ShowDuration(time.Duration(f)) })
		}
		if sc.kind == durationsOrNone {
			words = "0s, or " + words
		}
		return words
	}
	return sc.want
}

// bounds are those that are worth a word.
func bounds(of span, show func(float64) string) string {
	words := " from "
	if of.openLo {
		words = " above "
	}
	words += show(of.lo)
	switch {
	case math.IsInf(of.lo, 0):
		return ""
	case of.openHi:
		return words + " and below " + show(of.hi)
	case of.hi < math.MaxInt32:
		return words + " to " + show(of.hi)
	case of.lo == 0:
		return ""
	}
	return " of " + show(of.lo) + " or more"
}

// standardText is a default as a file has it; "": there is none that it could have.
func standardText(s *surveyed) string {
	switch std := s.standard.(type) {
	case nil:
		return ""
	case []string:
		return "[" + strings.Join(std, ", ") + "]"
	case string:
		if std == "" {
			return `""`
		}
	}
	return fmt.Sprint(s.standard)
}

// standardMark is a default that is no words.
func standardMark(s *surveyed) string {
	switch {
	case s.needed:
		return "*needed*"
	case s.said.standard == "none":
		return "–"
	case s.said.standard == "" && s.standard != nil:
		return "`" + standardText(s) + "`"
	}
	return ""
}

// anchor is what a section's heading is called in links, and a key's place.
func anchor(path string) string {
	return strings.NewReplacer(".", "", "*", "", "[]", "").Replace(path)
}

func keyAnchor(path string) string { return strings.NewReplacer(".*", "", "[]", "").Replace(path) }

// referencePage is docs/config.md.
func referencePage(root *surveyed, intro string) string {
	var b strings.Builder
	b.WriteString(intro)
	for _, sec := range sections(root) {
		name, level := trimmed(sec.path), "###"
		if !strings.Contains(keyAnchor(name), ".") {
			level = "##"
		}
		if name == "" {
			b.WriteString("\n## The file\n")
		} else {
			fmt.Fprintf(&b, "\n%s `%s`\n\n%s\n", level, name, sec.about)
		}
		b.WriteString("\n| key | takes | default | since | what for |\n|---|---|---|---|---|\n")
		for _, s := range sec.keys {
			place, block := "", "mapping"
			if below := mapping(s); below != nil {
				block = "[mapping](#" + anchor(trimmed(cmp.Or(below.said.like, below.path))) + ")"
			} else {
				place = `<a id="` + keyAnchor(s.path) + `"></a>`
			}
			fmt.Fprintf(&b, "| %s`%s` | %s | %s | %s | %s |\n", place, s.path[strings.LastIndexByte(s.path, '.')+1:],
				cell(takes(s, block)), cmp.Or(standardMark(s), cell(s.said.standard)), s.said.since, cell(s.said.sentence))
		}
	}
	return b.String()
}

// mapping is the mapping that stands at a key, as one, in a list or under names; nil:
// there is none.
func mapping(s *surveyed) *surveyed {
	for _, below := range []*surveyed{s, s.each, s.items} {
		if below != nil && below.keys != nil {
			return below
		}
	}
	return nil
}

// cell is words as they are in a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "*", `\*`).Replace(s) }

func TestReferenceIsCurrent(t *testing.T) {
	intro, err := os.ReadFile("reference.md")
	if err != nil {
		t.Fatal(err)
	}
	generated(t, "../docs/config.md", []byte(referencePage(describedKeys(t), string(intro))))
}

// The file at a glance has every key, but for what is one of several ways.
func TestGlanceHasEveryKey(t *testing.T) {
	page, err := os.ReadFile("reference.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("%d files in reference.md, want one", len(blocks))
	}
	if _, err := Parse("weir.yaml", blocks[0][2]); err != nil {
		t.Fatal(err)
	}
	doc, ok := instance(blocks[0][2])
	if !ok {
		t.Fatal("not YAML")
	}
	root := describedKeys(t)
	places, has := map[string]found{}, map[string]bool{}
	placesOf(doc, root, "", "", places)
	for _, p := range places {
		if p.of != nil {
			has[p.of.path] = true
		}
	}
	root.all(func(s *surveyed) {
		if s.isKey() && !s.said.twin && !has[s.path] && !otherWays.MatchString(s.path) {
			t.Errorf("the file at a glance in reference.md does not have %s", s.path)
		}
	})
}

// otherWays are keys of which the file has others in their place.
var otherWays = regexp.MustCompile(`^routes\[\]\.path\.prefix$|\.affinity\.route($|\.)|\.pins\[\]\.cookie$|\.jwt\.cookie$|\.gates\[\]\.(approval|exec|held|steps|(json|prometheus)($|\.))|` +
	`\.max_latency_plain\.p(50|90)$|\.rolling\.start\.http$|\.schema\.current$|\.sticky\.(header|ip)$|\.versions\.\*\.schema$`)
