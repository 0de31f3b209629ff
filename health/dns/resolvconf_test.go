package dns

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSystemServers(t *testing.T) {
	for text, want := range map[string][]string{
		"": {"127.0.0.1:53", "[::1]:53"},
		"# nameserver 1.1.1.1\nsearch example.org\noptions ndots:5\n":                                              {"127.0.0.1:53", "[::1]:53"},
		"nameserver 10.0.0.2\nnameserver\t2001:db8::53 # ours\n nameserver fe80::1%eth0\nnameserver x\nnameserver": {"10.0.0.2:53", "[2001:db8::53]:53", "[fe80::1%eth0]:53"},
	} {
		file := filepath.Join(t.TempDir(), "resolv.conf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := systemServers(file); !slices.Equal(got, want) {
			t.Errorf("servers of %q: %q, want %q", text, got, want)
		}
	}
	if got := systemServers(filepath.Join(t.TempDir(), "none")); len(got) != 2 {
		t.Errorf("servers of no file: %q", got)
	}
}
