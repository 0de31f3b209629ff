package proxy

import "sync"

// set is a set of pointers that one goroutine walks and others join and leave.
// Joining and leaving happen once per connection, not per request.
type set[T any] struct {
	mu struct {
		sync.Mutex
		members []*member[T]
	}
}

// member is a place in a set.
type member[T any] struct {
	value *T
	at    int
}

func (s *set[T]) add(v *T) *member[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &member[T]{value: v, at: len(s.mu.members)}
	s.mu.members = append(s.mu.members, m)
	return m
}

func (s *set[T]) remove(m *member[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.mu.members) - 1
	s.mu.members[m.at] = s.mu.members[last]
	s.mu.members[m.at].at = m.at
	s.mu.members[last] = nil
	s.mu.members = s.mu.members[:last]
}

// each calls f for every member; f must not join or leave.
func (s *set[T]) each(f func(*T)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.mu.members {
		f(m.value)
	}
}

func (s *set[T]) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mu.members)
}
