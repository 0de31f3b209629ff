package admin

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/proxy/admin/api"
)

// newClient is a client of the rig.
func (r *rig) newClient() *api.Client {
	r.t.Helper()
	c, err := api.NewClient(r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(checked.CloseIdleConnections)
	return c
}

// TestClientRoundTrip has every method of the client speak to the real handler.
func TestClientRoundTrip(t *testing.T) {
	r := newRig(t, nil)
	c, ctx := r.newClient(), t.Context()
	drain, weight, three := api.StateDrain, 2, uint64(3)
	for _, w := range []struct {
		want string
		call func() (api.Upstream, error)
	}{
		{"", func() (api.Upstream, error) { return c.Upstream(ctx, "api") }},
		{"split api map[v1:90 v2:10]", func() (api.Upstream, error) {
			return c.SetSplit(ctx, "api", api.SplitRequest{Weights: map[string]float64{"v1": 90, "v2": 10}, Reason: "r", Author: "a"})
		}},
		{"rollout api to=v2 strategy=canary id=x", func() (api.Upstream, error) {
			return c.StartRollout(ctx, "api", api.RolloutRequest{To: "v2", Strategy: "canary", ID: "x", Reason: "r", Author: "a"})
		}},
		{"promote api full=true", func() (api.Upstream, error) {
			return c.Command(ctx, "api", api.Promote, api.VerbRequest{Full: true, Reason: "r", Author: "a"})
		}},
		{"abort api full=false", func() (api.Upstream, error) {
			return c.Command(ctx, "api", api.Abort, api.VerbRequest{Reason: "r", Author: "a"})
		}},
		{"undo api to=3", func() (api.Upstream, error) {
			return c.Undo(ctx, "api", api.UndoRequest{ToRevision: &three, Reason: "r", Author: "a"})
		}},
		{"endpoint api [::1]:80 state=drain weight=2 version=v1", func() (api.Upstream, error) {
			return c.SetEndpoint(ctx, "api", "[::1]:80", api.EndpointRequest{State: &drain, Weight: &weight, Version: "v1", Reason: "r", Author: "a"})
		}},
	} {
		u, err := w.call()
		if err != nil {
			t.Fatalf("%s: %v", w.want, err)
		}
		want := written()
		if w.want == "" {
			want = fakeUpstream()
		}
		if diff := cmp.Diff(want, u); diff != "" {
			t.Errorf("%s: upstream (-want +got):\n%s", w.want, diff)
		}
		call, m := r.backend.last()
		if call != w.want || (call != "" && (m.Author != "a" || m.Reason != "r")) {
			t.Errorf("backend got %q %+v, want %q", call, m, w.want)
		}
	}

	if got, err := c.Upstreams(ctx); err != nil || cmp.Diff([]api.Upstream{fakeUpstream()}, got) != "" {
		t.Errorf("upstreams: %v %v", got, err)
	}
	if got, err := c.Plan(ctx, "api", "v 2"); err != nil || cmp.Diff(fakePlan("v 2"), got) != "" {
		t.Errorf("plan: %+v, %v", got, err)
	}
	wantSeries, _ := r.backend.Series("api", 5000)
	if got, err := c.Series(ctx, "api", 5000); err != nil || cmp.Diff(wantSeries, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()) != "" {
		t.Errorf("series: %+v, %v, want %+v", got, err, wantSeries)
	}
	if _, err := c.Plan(ctx, "api", "v9"); err == nil {
		t.Error("plan of no version: no error")
	}
	if got, err := c.Rollout(ctx, "api"); err != nil || cmp.Diff(*fakeRollout(), got) != "" {
		t.Errorf("rollout: %v %v", got, err)
	}
	wantHistory, _ := r.backend.History("api")
	if got, err := c.History(ctx, "api", 0); err != nil || cmp.Diff(wantHistory, got) != "" {
		t.Errorf("history: %v %v", got, err)
	}
	if got, err := c.Reload(ctx); err != nil || got.Generation != 9 {
		t.Errorf("reload: %v %v", got, err)
	}
	if got, err := c.Config(ctx); err != nil || string(got) != `{"listeners":[]}` {
		t.Errorf("config: %s %v", got, err)
	}
	status := r.backend.Status()
	status.You.Role = api.RoleOperate
	if got, err := c.Status(ctx); err != nil || cmp.Diff(status, got) != "" {
		t.Errorf("status: %v %v", got, err)
	}
}

func TestClientErrors(t *testing.T) {
	r := newRig(t, nil)
	c, ctx := r.newClient(), t.Context()

	_, err := c.Upstream(ctx, "a/b c")
	var p *api.Problem
	if !errors.As(err, &p) || p.Status != 404 || p.Detail != "upstream a/b c does not exist" {
		t.Errorf("got %v, want the refusal about the name as it was given", err)
	}
	if _, err = c.IfMatch(7).Undo(ctx, "api", api.UndoRequest{}); err != nil {
		t.Error(err)
	}
	if _, m := r.backend.last(); m.IfMatch != 7 {
		t.Errorf("backend got revision %d, want 7", m.IfMatch)
	}
	if _, err = c.Undo(ctx, "api", api.UndoRequest{}); err != nil {
		t.Error(err)
	}
	if _, m := r.backend.last(); m.IfMatch != 0 {
		t.Errorf("the condition stuck to the client it was derived from: %d", m.IfMatch)
	}
	r.backend.fail(&Refusal{Stale, "api is at revision 8, not 7"})
	if _, err = c.IfMatch(7).Undo(ctx, "api", api.UndoRequest{}); !errors.As(err, &p) || p.Status != 412 || err.Error() != "api is at revision 8, not 7" {
		t.Errorf("got %v, want 412 and its detail", err)
	}
}

// TestFollow follows the real handler; that it survives broken streams is tested
// beside the client.
func TestFollow(t *testing.T) {
	r := newRig(t, nil)
	c := r.newClient()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan api.Event)
	ended := make(chan error, 1)
	r.events.Publish(api.Event{Type: api.EventReload, At: fakeTime, Reason: "0"})
	go func() {
		ended <- c.Follow(ctx, r.events.boot+"-0", func(e api.Event) error {
			got <- e
			return nil
		})
	}()
	for i := range 5 {
		want := api.Event{ID: fmt.Sprintf("%s-%d", r.events.boot, i+1), Type: api.EventReload, At: fakeTime, Reason: fmt.Sprint(i)}
		if diff := cmp.Diff(want, <-got); diff != "" {
			t.Fatalf("event (-want +got):\n%s", diff)
		}
		r.events.Publish(api.Event{Type: api.EventReload, At: fakeTime, Reason: fmt.Sprint(i + 1)})
	}
	<-got
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v, want the context's error", err)
	}
}
