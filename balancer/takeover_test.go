package balancer

import "testing"

// What is stable's goes to the others when it has nothing left, as far as they have
// room; their own share they always get.
func TestTakeoverWithinMaxConns(t *testing.T) {
	bounded := func(name string, weight float64, most int) Share {
		s := version(name, weight, 2)
		s.MaxConns = most
		s.Group.Count()
		return s
	}
	tests := []struct {
		name    string
		shares  []Share // the first is stable, and has nothing left
		refused bool
	}{
		{"no bound", []Share{version("v1", 80, 1), version("v2", 20, 1)}, false},
		{"no more than fits", []Share{version("v1", 80, 1), bounded("v2", 20, 300)}, true},
		{"two with bounds", []Share{version("v1", 80, 1), bounded("v2", 10, 200), bounded("v3", 10, 400)}, true},
		{"one without takes the rest", []Share{version("v1", 80, 1), bounded("v2", 10, 200), version("v3", 10, 1)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustSplit(t, 0, tt.shares...)
			eject(tt.shares[0].Group)
			refused := 0
			for range 1000 {
				at := s.seq.pos.Load()
				owner, _ := s.place()
				s.seq.pos.Store(at)
				var room []int
				for v := 1; v < len(s.shares); v++ {
					if s.shares[v].hasRoom() {
						room = append(room, v)
					}
				}
				switch v := s.Choose(nil); {
				case v == Full && (owner.version != 0 || len(room) > 0):
					t.Fatalf("refused a request of version %d while %v have room", owner.version, room)
				case v == Full:
					refused++
				case v < 0:
					t.Fatalf("chose %d", v)
				case owner.version != 0 && v != owner.version:
					t.Fatalf("version %d got what is %d's", v, owner.version)
				case owner.version == 0 && !s.shares[v].hasRoom():
					t.Fatalf("version %d took over beyond its bound", v)
				default:
					s.shares[v].Group.Load().Begin()
				}
			}
			if (refused > 0) != tt.refused {
				t.Errorf("%d requests were refused, want some: %v", refused, tt.refused)
			}
			for v := range s.shares[1:] { // everybody leaves
				sh := &s.shares[v+1]
				for sh.Group.Load().Inflight() > 0 {
					sh.Group.Load().End()
				}
			}
			if v := s.Choose(nil); v < 1 {
				t.Errorf("with room again the version is %d", v)
			}
		})
	}
}

// A version that is full fails nothing open: stable's ejected endpoints are no way out.
func TestFullTakeoverDoesNotFailOpen(t *testing.T) {
	v2 := version("v2", 1, 1)
	v2.MaxConns = 1
	v2.Group.Count()
	v2.Group.Load().Begin()
	s := mustSplit(t, 0, version("v1", 99, 1), v2)
	eject(s.shares[0].Group)
	for range 50 {
		if v := s.Choose(nil); v == 0 {
			t.Fatal("sent to an ejected endpoint while the other version serves")
		}
	}
}
