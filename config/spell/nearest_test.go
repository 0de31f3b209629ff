package spell

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"endpoints", "hold", "rollout", "stable", "timeouts", "versions", "weight"}
	tests := []struct{ name, want string }{
		{"wieght", "weight"},
		{"Weight", "weight"},
		{"weigth", "weight"},
		{"endpoint", "endpoints"},
		{"time_outs", "timeouts"},
		{"vresions", "versions"},
		{"hodl", "hold"},
		{"stabel", "stable"},
		{"cold", "hold"},
		{"x", ""},
		{"", ""},
		{"certificate", ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, names); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "abc", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "acb", 1},
		{"abc", "abd", 1},
		{"ab", "ba", 1},
		{"kitten", "sitting", 3},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
