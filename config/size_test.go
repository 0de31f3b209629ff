package config

import "testing"

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"1", 1, true}, {"512B", 512, true}, {"64KiB", 64 << 10, true}, {"10MiB", 10 << 20, true}, {"2GiB", 2 << 30, true},
		{"9223372036854775807", 1<<63 - 1, true}, {"8589934591GiB", 8589934591 << 30, true},
		{"8589934592GiB", 0, false}, {"9223372036854775808", 0, false},
		{"", 0, false}, {"KiB", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {"01", 0, false}, {"1.5MiB", 0, false},
		{"64k", 0, false}, {"64KB", 0, false}, {"64kib", 0, false}, {"64 KiB", 0, false}, {"1e3", 0, false}, {"0x10", 0, false},
	} {
		if got, ok := parseSize(tt.in); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseSize(%q) = %d, %t, want %d, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
	for n, want := range map[int64]string{0: "0", 1: "1", 1000: "1000", 1024: "1KiB", 1536: "1536", 10 << 20: "10MiB", 3 << 30: "3GiB"} {
		if got := sizeText(n); got != want {
			t.Errorf("sizeText(%d) = %s, want %s", n, got, want)
		}
		if back, ok := parseSize(want); !ok || back != n {
			t.Errorf("%s is read as %d, want %d", want, back, n)
		}
	}
}
