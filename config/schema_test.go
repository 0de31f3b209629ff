package config

import "testing"

func TestParseSchemaRange(t *testing.T) {
	for _, c := range []struct {
		text string
		want SchemaRange
		ok   bool
	}{
		{"41-43", SchemaRange{41, 43}, true},
		{" 42 ", SchemaRange{42, 42}, true}, // as a header may have it
		{"41-", SchemaRange{41, MaxSchema}, true},
		{"0-0", SchemaRange{0, 0}, true},
		{"20261127010203", SchemaRange{20261127010203, 20261127010203}, true},
		{"", SchemaRange{}, false},
		{"-43", SchemaRange{}, false},
		{"41 - 43", SchemaRange{}, false},
		{"41-43-45", SchemaRange{}, false},
		{"043", SchemaRange{}, false},
		{"v41", SchemaRange{}, false},
	} {
		got, ok := ParseSchemaRange(c.text)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("ParseSchemaRange(%q) = %v, %v, want %v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
	if r, ok := ParseSchemaRange("43-41"); ok {
		t.Errorf("43-41 is %v, want it refused", r)
	}
}

func TestSchemaRanges(t *testing.T) {
	for _, c := range []struct{ a, b, both string }{
		{"41-43", "42-", "42-43"},
		{"41-", "43-", "43-"},
		{"41-43", "43", "43"},
		{"41-42", "43-44", ""},
	} {
		a, _ := ParseSchemaRange(c.a)
		b, _ := ParseSchemaRange(c.b)
		both, ok := a.And(b)
		if ok != (c.both != "") || ok && both.String() != c.both {
			t.Errorf("%s and %s: %s, %v, want %q", c.a, c.b, both, ok, c.both)
		}
	}
	if r := (SchemaRange{41, 43}); r.Has(40) || !r.Has(41) || !r.Has(43) || r.Has(44) {
		t.Errorf("%s includes what it does not, or the other way round", r)
	}
}
