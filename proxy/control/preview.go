package control

import "weir/proxy"

// preview is who reaches the candidate of a blue_green rollout that has not switched:
// pins that exist until then.
func (u *upstream) preview() []proxy.Pin {
	run, p := u.record.running(), u.config.Rollout.BlueGreen.Preview
	if run == nil || run.Plan.BlueGreen == nil || run.Bake || p == nil {
		return nil
	}
	var out []proxy.Pin
	if p.Header != "" {
		out = append(out, proxy.Pin{Version: run.Plan.To, Header: p.Header, Value: p.Value, From: networks(p.From)})
	}
	if p.Listener != "" {
		out = append(out, proxy.Pin{Version: run.Plan.To, Listener: p.Listener})
	}
	return out
}
