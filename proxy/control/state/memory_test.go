package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMemoryOwnsItsValues(t *testing.T) {
	m := NewMemory()
	value := []byte("1")
	mustSave(t, m, map[string][]byte{"a": value, "b": []byte("2")})
	value[0] = 'x'
	mustSave(t, m, map[string][]byte{"b": nil})
	got, err := m.Load()
	if err != nil {
		t.Fatal(err)
	}
	got["a"][0]++ // the loaded copy is the caller's
	got, _ = m.Load()
	if diff := cmp.Diff(map[string][]byte{"a": []byte("1")}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}
