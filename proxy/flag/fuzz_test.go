package flag

import (
	"encoding/json"
	"testing"
)

// FuzzDefinitions: no file and no context breaks anything, and what comes out is JSON.
func FuzzDefinitions(f *testing.F) {
	f.Add([]byte(checkout), []byte(`{"targetingKey": "a", "email": "a@example.com", "ip": "10.0.0.1"}`))
	for _, rule := range testkit {
		f.Add([]byte(`{"flags": {"a": {"state": "ENABLED", "variants": {"on": "x"}, "targeting": {"if": [`+rule+`, {"var": "color"}]}}}}`),
			[]byte(`{"targetingKey": "a", "n": [1, {}, null], "color": {"a": 1}, "version": "1.0.0-a.1+b"}`))
	}
	for _, tt := range typical {
		f.Add([]byte(`{"flags": [{"key": "a", "state": "ENABLED", "variants": {"on": 1, "off": 0}, "targeting": `+tt.rule+`}]}`), []byte(tt.context))
	}
	f.Fuzz(func(t *testing.T, text, attributes []byte) {
		file, wrong := Parse("flags.json", text)
		if file == nil {
			if len(wrong) == 0 || wrong[0].Line < 1 || wrong[0].Col < 1 {
				t.Fatalf("no file, and no problem with a place: %v", wrong)
			}
			return
		}
		s, wrong := Compile([]*File{file})
		for _, p := range wrong {
			if p.Line < 1 || p.Col < 1 || p.Msg == "" || p.String() == "" {
				t.Fatalf("a problem without a place: %+v", p)
			}
		}
		if (s == nil) == (len(wrong) == 0) {
			t.Fatalf("a set and problems, or neither: %v", wrong)
		}
		var v any
		if s == nil || json.Unmarshal(attributes, &v) != nil {
			return
		}
		value, err := ValueOf(v)
		if err != nil {
			return
		}
		c := &Context{View: &Attributes{value}}
		for _, f := range s.Flags() {
			d := f.Evaluate(c, &Layer{Enabled: true})
			again := f.Evaluate(c, &Layer{Enabled: true})
			if d.Variant != again.Variant || d.Reason != again.Reason {
				t.Fatalf("%s: %+v, then %+v", f.Key(), d, again)
			}
			if d.Reason == "" || (d.Index < 0) != (d.Variant == "") || (d.Code == "") != (d.Reason != ReasonError) {
				t.Fatalf("%s: %+v", f.Key(), d)
			}
			for _, raw := range []json.RawMessage{d.Value, d.Metadata, f.Targeting()} {
				if raw != nil && !json.Valid(raw) {
					t.Fatalf("%s: no JSON: %s", f.Key(), raw)
				}
			}
		}
		for _, name := range s.Segments() {
			s.Segment(name).Holds(c)
		}
	})
}
