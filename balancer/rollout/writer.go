package rollout

// Writer is the version that writes go to, whatever the weights are; "" for a plan that
// does not pin them. One that ends in a revert has given them back.
func (s *State) Writer() string {
	switch {
	case !s.Plan.PinWrites:
		return ""
	case s.Writes == WritesSwitched:
		return s.Plan.To
	}
	return s.Plan.From
}
