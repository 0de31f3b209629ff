package control

import (
	"testing"

	"weir/balancer"
	"weir/config"
	"weir/proxy/control/state"
)

// stated is oneUpstream with a state of the first endpoint.
func stated(word string) *config.Config {
	cfg := oneUpstream()
	cfg.Upstreams[0].Versions[0].Endpoints[0].State = word
	return cfg
}

// TestStateOfFileAndOperator: an operator's word goes before the file's until the
// file's is another one.
func TestStateOfFileAndOperator(t *testing.T) {
	type step struct {
		file, operator string // "": says nothing new
		want           balancer.AdminState
	}
	for name, steps := range map[string][]step{
		"the file alone":                       {{"drain", "", balancer.Drain}, {"down", "", balancer.Down}, {"up", "", balancer.Up}},
		"an operator after the file":           {{"down", "up", balancer.Up}, {"down", "", balancer.Up}, {"", "down", balancer.Down}},
		"the file after an operator":           {{"up", "drain", balancer.Drain}, {"down", "", balancer.Down}, {"up", "", balancer.Up}},
		"the same word, and then another":      {{"up", "down", balancer.Down}, {"down", "", balancer.Down}, {"up", "", balancer.Up}},
		"an operator who agrees with the file": {{"drain", "drain", balancer.Drain}, {"up", "", balancer.Up}},
		"an operator who takes his word back":  {{"down", "up", balancer.Up}, {"", "down", balancer.Down}, {"up", "", balancer.Up}},
		"a file that says up in so many words": {{"", "drain", balancer.Drain}, {"up", "", balancer.Drain}},
		"a file that says nothing as it did":   {{"", "drain", balancer.Drain}, {"", "", balancer.Drain}},
	} {
		t.Run(name, func(t *testing.T) {
			store := state.NewMemory()
			b := newBench(t, Options{Config: stated(steps[0].file), Store: store})
			b.startWriter(t)
			last := steps[0].file
			for i, s := range steps {
				if s.file != "" {
					last = s.file
				}
				if _, err := b.Reload(t.Context(), stated(last)); err != nil {
					t.Fatal(err)
				}
				address := b.upstream("api").version("v1").endpoints[0].address
				if s.operator != "" {
					if _, err := b.SetEndpoint(t.Context(), "api", address, EndpointPatch{State: &s.operator}, Meta{}); err != nil {
						t.Fatal(err)
					}
				}
				again := newBench(t, Options{Config: stated(last), Store: store}) // a start says the same
				for _, c := range []*bench{b, again} {
					if got := c.upstream("api").version("v1").endpoints[0].live.live.Admin(); got != s.want {
						t.Errorf("step %d: %v, want %v", i, got, s.want)
					}
				}
				pick := b.upstream("api").version("v1").group.Pick(nil, false)
				for range 3 {
					if s.want != balancer.Up && pick != 1 {
						t.Errorf("step %d: picked although it is %v", i, s.want)
					}
					pick = b.upstream("api").version("v1").group.Pick(nil, false)
				}
			}
		})
	}
}

// TestWhoTookItOut: the reason why a version cannot serve says whose word it is.
func TestWhoTookItOut(t *testing.T) {
	cfg := oneUpstream()
	there := cfg.Upstreams[0].Versions[1].Endpoints
	there[0].State = "down"
	b := newBench(t, Options{Config: cfg})
	b.startWriter(t)
	drain := "drain"
	if _, err := b.SetEndpoint(t.Context(), "api", there[1].Address, EndpointPatch{State: &drain}, Meta{}); err != nil {
		t.Fatal(err)
	}
	_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
	wantKind(t, err, Conflict)
	wantText(t, err, there[0].Address+" (down by the file)", there[1].Address+" (drain by an operator)")
}
