package state

import (
	"errors"
	"syscall"
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

func TestFaultyFailsTheChosenSave(t *testing.T) {
	f := &Faulty{Store: NewMemory(), Fail: func(n int) error {
		if n == 2 {
			return syscall.ENOSPC
		}
		return nil
	}}
	mustSave(t, f, map[string][]byte{"a": []byte("1")})
	if err := f.Save(map[string][]byte{"a": []byte("2")}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("second save: %v, want ENOSPC", err)
	}
	mustSave(t, f, map[string][]byte{"b": []byte("3")})
	got, _ := f.Load()
	if diff := cmp.Diff(map[string][]byte{"a": []byte("1"), "b": []byte("3")}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}
