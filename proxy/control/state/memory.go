package state

import (
	"bytes"
	"maps"
	"sync"
)

// Memory keeps values until the process ends. Make one with NewMemory. Safe for
// concurrent use.
type Memory struct {
	mu struct {
		sync.Mutex
		values map[string][]byte
	}
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	m := &Memory{}
	m.mu.values = map[string][]byte{}
	return m
}

// Load implements Store; it never fails.
func (m *Memory) Load() (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := maps.Clone(m.mu.values)
	for k, v := range out {
		out[k] = bytes.Clone(v)
	}
	return out, nil
}

// Save implements Store; it never fails.
func (m *Memory) Save(changes map[string][]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, v := range changes {
		if v == nil {
			delete(m.mu.values, k)
			continue
		}
		m.mu.values[k] = bytes.Clone(v)
	}
	return nil
}

// Close implements Store; the values stay.
func (m *Memory) Close() error { return nil }
