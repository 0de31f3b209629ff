package murmur

import (
	"testing"

	"pgregory.net/rapid"
)

// TestMurmur: the vectors that implementations of MurmurHash3_x86_32 are compared by.
func TestMurmur(t *testing.T) {
	for _, tt := range []struct {
		text string
		seed uint32
		want uint32
	}{
		{"", 0, 0},
		{"", 1, 0x514e28b7},
		{"", 0xffffffff, 0x81f16f39},
		{"\xff\xff\xff\xff", 0, 0x76293b50},
		{"\x21\x43\x65\x87", 0, 0xf55b516b},
		{"\x21\x43\x65\x87", 0x5082edee, 0x2362f9de},
		{"\x21\x43\x65", 0, 0x7e4a8634},
		{"\x21\x43", 0, 0xa0f7b07a},
		{"\x21", 0, 0x72661cf4},
		{"\x00\x00\x00\x00", 0, 0x2362f9de},
		{"\x00\x00\x00", 0, 0x85f0b427},
		{"\x00\x00", 0, 0x30f4c306},
		{"\x00", 0, 0x514e28b7},
		{"aaaa", 0x9747b28c, 0x5a97808a},
		{"aaa", 0x9747b28c, 0x283e0130},
		{"aa", 0x9747b28c, 0x5d211726},
		{"a", 0x9747b28c, 0x7fa09ea6},
		{"abcd", 0x9747b28c, 0xf0478627},
		{"abc", 0x9747b28c, 0xc84a62dd},
		{"ab", 0x9747b28c, 0x74875592},
		{"Hello, world!", 0x9747b28c, 0x24884cba},
		{"The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd},
	} {
		if got := (Hash{hash: tt.seed}).Add([]byte(tt.text)).Sum(); got != tt.want {
			t.Errorf("%q with seed %#x: %#x, want %#x", tt.text, tt.seed, got, tt.want)
		}
	}
}

// TestMurmurInPieces: salt and key are one text, however they are fed.
func TestMurmurInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "text")
		want := (Hash{}).Add(text).Sum()
		var h Hash
		for rest := text; ; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "piece")
			h = h.Add(rest[:n])
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		if got := h.Sum(); got != want {
			t.Errorf("in pieces %#x, want %#x", got, want)
		}
	})
}
