package control

import (
	"testing"
	"testing/synctest"
	"time"

	"weir/config"
)

// A version that flags lead to is not done with: its connections stay, it does not retire,
// and it says who sends requests there.
func TestVersionsThatFlagsLeadTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		led := func() *config.Config {
			cfg := afterConfig()
			cfg.Upstreams[0].Led = []config.Led{{Version: "v1", Flag: "old-cart"}, {Version: "v1", Flag: "old-search"}}
			return cfg
		}
		b := newBench(t, Options{Config: led()})
		defer b.runs(t)()
		release(t, b)
		time.Sleep(time.Minute)
		u, _ := b.Upstream("api")
		if b.retiredView() != nil || !b.upstream("api").keeps("v1") {
			t.Error("retired, while flags lead there")
		}
		if got, want := u.Versions[0].Endpoints[0].Cause, "v1 has weight 0; flags old-cart, old-search send requests there"; got != want {
			t.Errorf("cause %q, want %q", got, want)
		}
		if _, err := b.Reload(t.Context(), afterConfig()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if b.retiredView() == nil {
			t.Error("not retired, though no flag leads there any more")
		}
		if _, err := b.Reload(t.Context(), led()); err != nil {
			t.Fatal(err)
		}
		if b.retiredView() != nil {
			t.Error("retired, while flags lead there again")
		}
	})
}
