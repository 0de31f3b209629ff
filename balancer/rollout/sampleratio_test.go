package rollout_test

import (
	"testing"
	"time"

	"weir/balancer/rollout"
)

func sampled(t *testing.T) *bench {
	t.Helper()
	p := at(20)
	p.Rules.SampleRatio = true
	b := begin(t, p, 0)
	b.obs.Sent.AsSet = true
	b.wait(0)
	return b
}

// send passes a second in which the split sends so many requests.
func (b *bench) send(candidate, stable uint64) {
	b.obs.Sent.Candidate += candidate
	b.obs.Sent.Stable += stable
	b.serve(stable, 0, candidate, 0)
	b.wait(1100 * time.Millisecond)
}

func TestSampleRatioHolds(t *testing.T) {
	b := sampled(t)
	for range 60 {
		b.send(20, 80)
	}
	b.want(rollout.Paused, 20, "waits for promote")
	for range 20 {
		b.send(35, 65)
	}
	b.want(rollout.Holding, 20, "sample_ratio: ")
	for range 20 {
		b.send(35, 65)
	}
	b.want(rollout.Holding, 20, "sample_ratio: ")
	for range 25 {
		b.send(20, 80)
	}
	b.want(rollout.Paused, 20, `"sample_ratio" has been gone for 10s`)
}

func TestSampleRatioAccepted(t *testing.T) {
	b := sampled(t)
	for range 20 {
		b.send(35, 65)
	}
	b.want(rollout.Holding, 20, "where the split says 20%")
	if _, err := b.command(rollout.Resume); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		b.send(35, 65)
	}
	b.want(rollout.Paused, 20, "resumed by operator")
}

// While an endpoint is out, or a share is about to change, shares do not decide alone.
func TestSampleRatioLooksAtSharesAlone(t *testing.T) {
	b := sampled(t)
	for range 60 {
		b.obs.Sent.AsSet = false
		b.wait(0)
		b.obs.Sent.AsSet = true
		b.send(0, 100)
	}
	b.want(rollout.Paused, 20, "waits for promote")
	b.obs.Sent.Stable += 5 // counted too early
	b.wait(1100 * time.Millisecond)
	b.obs.Sent.Stable -= 5
	b.wait(1100 * time.Millisecond)
	if s := b.state.Evidence.Sample; s.Stable != 0 || s.LogE() != 0 {
		t.Errorf("what was taken back still counts: %+v", s)
	}
}
