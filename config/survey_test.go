package config

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// surveyed is what the readers take at one place of a file.
type surveyed struct {
	path     string // names of the operator's are *, items of lists []
	needed   bool
	keys     map[string]*surveyed // not nil: a mapping with these keys
	each     *surveyed            // not nil: a mapping with names of the operator's
	names    string               // what that is a mapping of
	items    *surveyed            // not nil: a list
	least    int                  // of each or items
	scalars  []scalar             // not empty: a scalar that is one of them
	standard any                  // what holds when it is not written, as a file has it; nil is nothing, or not known
	asked    bool                 // for standard
	said     said                 // of it, in keys.txt
}

// scalar is one way to read a scalar.
type scalar struct {
	want string // what is allowed, for people
	shape
}

// surveyor asks the readers, each time with one of the probes.
type surveyor struct {
	at     map[string]*surveyed
	shapes map[string]shape // of scalars that are asked for next
}

// probes are the nodes that a reader is tried with. What it does with a mapping may
// depend on which keys are there.
var probes = []*yaml.Node{
	{Kind: yaml.MappingNode, Line: 1, Column: 1},
	{Kind: yaml.MappingNode, Line: 1, Column: 1, Value: onlyNeeded},
	{Kind: yaml.SequenceNode, Line: 1, Column: 1},
	{Kind: yaml.ScalarNode, Line: 1, Column: 1, Tag: "!!str"}, // the last: some read a scalar only after all keys
}

const onlyNeeded = "with the keys that must be there"

// surveyKeys is all that the readers take.
func surveyKeys() *surveyed {
	s := &surveyor{at: map[string]*surveyed{}, shapes: map[string]shape{}}
	r := &reader{file: "weir.yaml", dir: "/etc/weir", places: map[string]place{}, survey: s}
	s.try(value{in: r}, func(v value) { r.config(v, standardConfig("/etc/weir/weir.yaml")) })
	return s.at[""]
}

func (s *surveyor) try(v value, read func(value)) {
	for _, p := range probes {
		v.node = p
		read(v)
	}
}

// place is where v is noted.
func (s *surveyor) place(v value) *surveyed {
	if s.at[v.path] == nil {
		s.at[v.path] = &surveyed{path: v.path}
	}
	return s.at[v.path]
}

func (s *surveyor) object(v value, f fields) {
	here := s.place(v)
	if here.keys == nil {
		here.keys = map[string]*surveyed{}
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		path := join(v.path, key)
		delete(v.in.places, path)
		if f[key].need == "" && v.node.Value == onlyNeeded {
			continue
		}
		v.in.places[path] = place{line: 1, col: 1}
		at := value{in: v.in, path: path, key: &yaml.Node{Kind: yaml.ScalarNode, Value: key, Line: 1, Column: 1}}
		s.try(at, f[key].read)
		here.keys[key] = s.place(at)
		here.keys[key].needed = f[key].need != ""
	}
}

func (s *surveyor) entries(v value, want string, least int, entry func(string, value)) {
	here := s.place(v)
	at := value{in: v.in, path: v.path + ".*", key: &yaml.Node{Kind: yaml.ScalarNode, Line: 1, Column: 1}}
	tries := 0
	s.try(at, func(v value) {
		tries++
		entry("X-Name"+strconv.Itoa(tries), v) // which is one that everybody may choose, and no other entry's
	})
	here.each, here.names, here.least = s.place(at), want, least
}

func (s *surveyor) list(v value, least int, item func(value)) {
	here := s.place(v)
	at := value{in: v.in, path: v.path + "[]"}
	s.try(at, item)
	here.items, here.least = s.place(at), least
}

func (s *surveyor) shape(v value, sh shape) {
	if v.node.Kind == yaml.ScalarNode {
		s.shapes[v.path] = sh
	}
}

func (s *surveyor) scalar(v value, want string) {
	here := s.place(v)
	sh := s.shapes[v.path]
	delete(s.shapes, v.path)
	if !slices.ContainsFunc(here.scalars, func(sc scalar) bool { return sc.want == want }) {
		here.scalars = append(here.scalars, scalar{want, sh})
	}
}

func (s *surveyor) standard(v value, is any, parse func(string) (any, bool)) {
	here := s.place(v)
	if here.asked {
		return // the reader may have changed it since
	}
	here.asked = true
	if strings.HasSuffix(v.path, "*") {
		return // whoever writes the name writes the value
	}
	if words, ok := is.([]string); ok {
		if len(words) > 0 {
			here.standard = slices.Clone(words)
		}
		return
	}
	for _, text := range writings(is) {
		if is2, ok := parse(text); ok && reflect.DeepEqual(is, is2) {
			here.standard = plainValue(text, is)
			return
		}
	}
}

// writings are the texts that a file may have for it.
func writings(is any) []string {
	switch is := is.(type) {
	case string:
		return []string{is}
	case int:
		return []string{strconv.Itoa(is)}
	case int64:
		return []string{sizeText(is)}
	case bool:
		return []string{strconv.FormatBool(is)}
	case float64:
		return []string{string(decimal(is)), percent(is / 100), percent(is)}
	case time.Duration:
		return []string{ShowDuration(is)}
	case []StatusRange:
		return []string{statuses(is)}
	case Amount:
		if n, ok := is.document().(int); ok {
			return []string{strconv.Itoa(n)}
		}
		return []string{is.document().(string)}
	}
	return nil
}

// plainValue is text as YAML takes it where that is what it is: numbers, true and false.
func plainValue(text string, is any) any {
	switch is.(type) {
	case bool:
		return text == "true"
	case int, int64, float64, Amount:
		if _, ok := parseDecimal(text); ok {
			return json.Number(text)
		}
	}
	return text
}

// all is a place and those within it, each behind what it is in, in order of the keys.
func (s *surveyed) all(each func(*surveyed)) {
	each(s)
	for _, key := range sorted(s.keys) {
		s.keys[key].all(each)
	}
	for _, below := range []*surveyed{s.each, s.items} {
		if below != nil {
			below.all(each)
		}
	}
}

func sorted(keys map[string]*surveyed) []string { return slices.Sorted(maps.Keys(keys)) }
