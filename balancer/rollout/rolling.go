package rollout

// Rolling is how a rolling rollout replaces endpoints. Its numbers come with the
// strategy.
type Rolling struct{}

// RollingView is what a rolling rollout sees of the endpoints of both versions.
type RollingView struct{}
