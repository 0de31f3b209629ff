package control

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

func TestRoom(t *testing.T) {
	tests := []struct {
		name      string
		most      int
		endpoints []config.Endpoint // one of the state down is not usable
		room      int
		usable    int
		known     bool
	}{
		{"nobody has said", 0, []config.Endpoint{{}, {}}, 0, 2, false},
		{"the sum of what is usable", 0, []config.Endpoint{{MaxConns: 5}, {MaxConns: 7}, {MaxConns: 9, State: "down"}}, 12, 2, true},
		{"one has no bound", 0, []config.Endpoint{{MaxConns: 5}, {}}, 5, 2, false},
		{"one without a bound is not usable", 0, []config.Endpoint{{MaxConns: 5}, {State: "down"}}, 5, 1, true},
		{"of the version", 100, []config.Endpoint{{}, {}}, 100, 2, true},
		{"of the version, a part is usable", 100, []config.Endpoint{{}, {State: "down"}, {State: "down"}, {}}, 50, 2, true},
		{"of the version, and less of its endpoints", 100, []config.Endpoint{{MaxConns: 5}, {MaxConns: 7}}, 12, 2, true},
		{"of the version, and more of its endpoints", 10, []config.Endpoint{{MaxConns: 50}, {MaxConns: 70}}, 10, 2, true},
		{"never nothing", 1, []config.Endpoint{{}, {State: "down"}}, 1, 1, true},
		{"backups that do not serve", 100, []config.Endpoint{{MaxConns: 5}, {MaxConns: 7, Backup: true}}, 5, 1, true},
		{"backups that serve", 100, []config.Endpoint{{MaxConns: 5, State: "down"}, {MaxConns: 7, Backup: true}}, 7, 1, true},
		{"nothing is usable", 100, []config.Endpoint{{State: "down"}}, 0, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := upstreamConfig("api", ver{"v1", 100, len(tt.endpoints)})
			for i, e := range tt.endpoints {
				e.Address, e.Weight = u.Versions[0].Endpoints[i].Address, 1
				u.Versions[0].Endpoints[i] = e
			}
			u.Versions[0].MaxConns = tt.most
			b := newBench(t, Options{Config: fileConfig(u)})
			room, usable, known := b.upstream("api").versions[0].room()
			if room != tt.room && known || usable != tt.usable || known != tt.known {
				t.Errorf("room %d of %d endpoints, known %v; want %d of %d, %v", room, usable, known, tt.room, tt.usable, tt.known)
			}
		})
	}
}

// What the file says of a version bounds what it takes over, and is counted for that.
func TestFileToVersionBound(t *testing.T) {
	u := upstreamConfig("api", ver{"v1", 90, 1}, ver{"v2", 10, 1})
	u.Versions[1].MaxConns = 7
	b := newBench(t, Options{Config: fileConfig(u)})
	shares := b.upstream("api").proxied.Split.Shares()
	if v1, v2 := shares[0], shares[1]; v1.MaxConns != 0 || v1.Group.Load() != nil || v2.MaxConns != 7 || v2.Group.Load() == nil {
		t.Errorf("bounds %d and %d, counted %v and %v; want 7 of v2, which is counted", v1.MaxConns, v2.MaxConns, v1.Group.Load(), v2.Group.Load())
	}
}

func TestPeak(t *testing.T) {
	var p peak
	at := time.Unix(1000, 0)
	for _, tt := range []struct {
		after time.Duration // the look before
		n     int64
		want  int64
	}{
		{0, 5, 5}, {300 * time.Millisecond, 9, 9}, {time.Second, 3, 9}, {8 * time.Second, 4, 9}, {time.Second, 1, 4},
		{20 * time.Second, 2, 2}, {-time.Hour, 1, 1},
	} {
		at = at.Add(tt.after)
		if got := p.see(at, tt.n); got != tt.want {
			t.Errorf("%v later %d, and the peak is %d, want %d", tt.after, tt.n, got, tt.want)
		}
	}
}

func TestCapacityObserved(t *testing.T) {
	u := upstreamConfig("api", ver{"v1", 60, 2}, ver{"v2", 20, 2}, ver{"v3", 20, 1})
	u.Versions[0].MaxConns, u.Versions[1].MaxConns = 1000, 20
	b := newBench(t, Options{Config: fileConfig(u)})
	for range 50 { // four fifths of which are v1's and v2's
		b.upstream("api").versions[0].endpoints[0].live.live.Begin()
	}
	var o rollout.Observation
	h := b.host("api")
	h.Observe("v2", &o)
	if o.Capacity.Candidate != 50 || o.Capacity.Stable != 2500 {
		t.Errorf("capacity %+v, want 20 and 1000 of 40 in flight", o.Capacity)
	}
	if want := "2 usable endpoints of v2 take 20 requests in flight, and there were 40"; o.Capacity.Why != want {
		t.Errorf("because %q, want %q", o.Capacity.Why, want)
	}
	if h.Observe("v3", &o); o.Capacity.Candidate != 0 {
		t.Errorf("capacity %+v of a version that nothing is said of, want not known", o.Capacity)
	}
}

// A candidate that has lost too many endpoints keeps its share and gets no more.
func TestMinUsableStopsTheRamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 4})
		u.Rollout.MinUsable, u.Rollout.MinRequests = 0.5, 0
		b := newBench(t, Options{Config: fileConfig(u)})
		b.startAll(t)
		synctest.Wait() // until health watches: an ejection that it finds is one that ends
		eject := func(out bool) {
			for i := range 3 {
				b.upstream("api").version("v2").endpoints[i].live.live.SetEjected(out)
			}
		}
		eject(true)
		_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "1 of the 4 endpoints of v2 are usable, rollout.min_usable (50%) asks for 2")
		eject(false)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		eject(true)
		time.Sleep(time.Minute)
		s, _ := b.Rollout("api")
		if s.Percent != 10 || s.Phase != rollout.Progressing || !strings.Contains(s.WaitsFor(), "rollout.min_usable (50%) asks for 2") {
			t.Errorf("it is %s at %v%%, and waits for %q", s.Phase, s.Percent, s.WaitsFor())
		}
		eject(false)
		time.Sleep(time.Minute)
		if s, _ := b.Rollout("api"); s.Percent != 100 {
			t.Errorf("with its endpoints back it is at %v%%", s.Percent)
		}
	})
}

// A rollout gives the candidate no more than it can take.
func TestRampStopsAtCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1})
		u.Versions[1].MaxConns, u.Rollout.MinRequests = 20, 0
		b := newBench(t, Options{Config: fileConfig(u)})
		b.startAll(t)
		busy := func(add func(*balancer.Live)) {
			for range 50 {
				add(b.upstream("api").versions[0].endpoints[0].live.live)
			}
		}
		busy((*balancer.Live).Begin)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if s, _ := b.Rollout("api"); s.Percent != 10 || !strings.Contains(s.WaitsFor(), "v2 can take 40% now") {
			t.Errorf("it is at %v%%, and waits for %q; want 10%% as 20 of 50 is too little for 50%%", s.Percent, s.WaitsFor())
		}
		busy((*balancer.Live).End)
		time.Sleep(time.Minute)
		if s, _ := b.Rollout("api"); s.Percent != 100 {
			t.Errorf("when there is less to do it is at %v%%", s.Percent)
		}
	})
}
