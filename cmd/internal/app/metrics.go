package app

import (
	"math"

	"weir/balancer/rollout"
	"weir/proxy/admin"
	"weir/proxy/control"
)

// metrics takes one reading for /metrics.
func (a *app) metrics() admin.Metrics {
	m := a.control.Metrics()
	audited := a.audit.Status()
	out := admin.Metrics{
		Version:     a.version,
		Generation:  m.Generation,
		Inflight:    a.server.Inflight(),
		Connections: a.server.Connections(),
		Answered:    a.server.Answers(),
		Tunnels:     a.server.Tunnels(),
		Panics:      a.server.Panics(),
		Rejected:    a.server.Rejects(),
		StateOK:     m.StateOK,
		ReloadOK:    m.Reload.OK,
		ReloadAt:    m.Reload.At,
		AuditOK:     audited.Err == nil,
		AuditLost:   audited.Lost,
		TokensOK:    a.tokens.ok(),
		Upstreams:   make([]admin.UpstreamMetrics, len(m.Upstreams)),
	}
	log := a.server.AccessLogStats()
	out.AccessLog = admin.AccessLogMetrics{Lines: log.Lines - log.Lost, Dropped: log.Dropped, Lost: log.Lost, OK: log.OK}
	out.Tracing = a.tracer.metrics()
	for _, c := range m.Certificates {
		out.Certificates = append(out.Certificates, admin.CertificateMetrics(c))
	}
	for _, n := range a.control.Notifications() {
		out.Notify = append(out.Notify, admin.NotifyMetrics{
			Name: n.Name, Waiting: n.Queued, Delivered: n.Delivered, Failed: n.Failed, Dropped: n.Dropped,
		})
	}
	out.Flags, out.Tokens = a.flagMetrics()
	for i, u := range m.Upstreams {
		out.Upstreams[i] = upstreamMetrics(u)
	}
	return out
}

func upstreamMetrics(u control.UpstreamMetrics) admin.UpstreamMetrics {
	out := admin.UpstreamMetrics{
		Name:     u.Name,
		Revision: u.Revision,
		Drift:    u.Drift,
		Users:    u.Users,
		Rollout:  string(u.Rollout),
		Versions: make([]admin.VersionMetrics, len(u.Versions)),

		Retries: u.Retries.Ordinary, Shielded: u.Retries.Shielded, Unretried: u.Retries.Refused,
		Ended: byWord(u.Rollouts), Judged: byWord(u.Judgements),
	}
	if u.Queue != nil {
		out.Queued = &u.Queue.Length
	}
	if h := u.Held; h != nil {
		out.Held = &admin.HeldMetrics{Waiting: h.Waiting, Released: h.Released, Expired: h.Expired, Refused: h.Refused}
	}
	if s := u.Schema; s != nil {
		out.Schema = &admin.SchemaMetrics{Version: s.Current, Heard: s.Known, Known: s.Known && s.Error == ""}
	}
	out.Sessions = u.Sessions
	out.Unkeyed = u.Unkeyed
	for i, v := range u.Versions {
		endpoints := make([]admin.EndpointMetrics, len(v.Endpoints))
		for j, e := range v.Endpoints {
			endpoints[j] = admin.EndpointMetrics(e)
		}
		out.Versions[i] = admin.VersionMetrics{
			Name: v.Name, Share: v.Share, Guard: string(v.Guard), Attempts: v.Attempts, Mirrored: v.Mirrored, Endpoints: endpoints,
		}
		out.Versions[i].Shield = (*admin.ShieldMetrics)(v.Shield)
		if p := v.Proof; p != nil {
			out.Versions[i].Evidence = &admin.EvidenceMetrics{Combined: p.Combined / math.Ln10, Threshold: p.Threshold / math.Ln10}
		}
		for _, n := range v.Names {
			out.Versions[i].Names = append(out.Versions[i].Names, admin.NameMetrics{Name: n.Name, OK: n.Error == "", Addresses: len(n.Addresses)})
		}
	}
	return out
}

func byWord(in map[rollout.Phase]uint64) map[string]uint64 {
	out := make(map[string]uint64, len(in))
	for phase, n := range in {
		out[string(phase)] = n
	}
	return out
}
