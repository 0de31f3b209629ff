package control

import (
	"weir/config"
	"weir/proxy/control/notify"
)

// targets are who the file wants to be told of events.
func targets(in []config.Notify) []notify.Target {
	var out []notify.Target
	for _, n := range in {
		t := notify.Target{
			Name: n.Name, URL: n.URL, File: n.File, Slack: n.Slack, Events: n.Events, Timeout: n.Timeout, Retries: n.Retries,
		}
		for _, h := range n.Headers {
			t.Headers = append(t.Headers, notify.Header{Name: h.Name, Value: h.Value})
		}
		out = append(out, t)
	}
	return out
}

// message is an event as targets are told of it.
func message(ev *Event) notify.Message {
	m := &ev.Move
	return notify.Message{
		Gate: m.Gate, Phase: ev.State, Rollout: m.Rollout, Upstream: ev.Upstream, Flag: ev.Flag, From: m.From, To: m.To, Weight: m.Weight,
		Reason: ev.Reason, Event: string(ev.Kind), Group: ev.Group, Version: ev.Version, Address: ev.Address,
		Revision: ev.Revision, Time: ev.At, Approval: ev.Approval, ApproveURL: ev.Link,
	}
}

// Notifications are what has come of what targets were to be told, in the order of the
// file.
func (c *Control) Notifications() []notify.Stats { return c.notifier.Stats() }
