package admin

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"weir/health/outcome"
	"weir/proxy/admin/api"
)

// Every metric there is. Labels come from the configuration, from DNS
// where that names endpoints, and from fixed words, never from requests: a client must
// not be able to make series.
var (
	descBuildInfo  = desc("build_info", "Always 1; the label has the version of Weir.", "version")
	descGeneration = desc("snapshot_generation", "Number of the snapshot that serves.")
	descInflight   = desc("requests_inflight", "Users' requests being served now.")
	descAnswered   = desc("answered_requests_total", "Requests that got an answer their route gives itself, by what it is: redirect or respond. They have no upstream.", "answer")
	descConns      = desc("connections", "Client connections open now, those that are being refused too.")
	descPanics     = desc("panics_total", "Client connections that a fault in Weir has ended; the log has it.")
	descTunnels    = desc("tunnels", "Upgraded connections, like WebSockets, open now.")
	descRejected   = desc("rejected_requests_total", "Requests that were not passed on, by the reason: refused by the gate, without a route, over a limit.", "reason")
	descLogLines   = desc("access_log_lines_total", "Lines of the access log that were written.")
	descLogDropped = desc("access_log_dropped_total", "Lines of the access log that are missing: full, there was no room for them; write, they could not be written.", "reason")
	descLogOK      = desc("access_log_ok", "Whether the access log's lines go where they should: 1 yes, 0 no.")
	descSpans      = desc("trace_spans_total", "Spans of sampled requests, by what became of them: sent, or failed after all tries.", "outcome")
	descUntraced   = desc("trace_dropped_total", "Sampled requests without a span, because too many waited to be sent.")
	descStateOK    = desc("state_ok", "Whether changes can be kept: 1 yes, 0 no.")
	descAuditOK    = desc("audit_ok", "Whether the audit log is written: 1 yes or it is in memory, 0 no.")
	descAuditLost  = desc("audit_lost_total", "Entries of the audit log that will never be written: too many waited for the disk.")
	descTokensOK   = desc("tokens_ok", "Whether the tokens in force are those of their file, which nobody else can read: 1 yes or there are none, 0 no.")
	descReloadOK   = desc("config_reload_success", "Whether the latest load of the configuration file succeeded: 1 yes, 0 no.")
	descReloadTime = desc("config_reload_time_seconds", "When the configuration file was last loaded with success, in seconds since 1970.")

	descCertificate = desc("certificate_expiry_seconds", "When a certificate that the listener shows expires, in seconds since 1970.", "listener", "file")

	descRequests = desc("requests_total", "Users' requests that ended, each once, by class of the status they got.", "upstream", "code")
	descErrors   = desc("request_errors_total", "Users' requests that failed: status 5xx, or an answer cut off.", "upstream")
	descDuration = desc("request_duration_seconds", "Time from a user's request to the end of its answer.", "upstream")
	descRevision = desc("upstream_revision", "Number of the revision in force.", "upstream")
	descDrift    = desc("config_drift", "Whether the configuration file disagrees with what serves: 1 yes, 0 no.", "upstream")
	descQueue    = desc("queue_length", "Requests that wait for room at the upstream's endpoints.", "upstream")
	descSessions = desc("affinity_sessions", "Sessions whose endpoints are remembered; one in two versions counts twice.", "upstream")
	descUnkeyed  = desc("split_unkeyed_total", "Requests that a keyed split has sent by turn, because they did not say their user.", "upstream")
	descHeldNow  = desc("write_hold_waiting", "Writes that wait for the end of a write hold, or for their turn after it.", "upstream")
	descHeld     = desc("write_hold_total", "Writes that a write hold kept waiting or away, by what became of them: released, expired (refused at its end), refused (no room).", "upstream", "outcome")
	descSchema   = desc("schema_version", "Version of the database's schema that was last heard of; none before the first answer.", "upstream")
	descSchemaOK = desc("schema_known", "Whether the version of the database's schema is known now: 1 yes, 0 no, and the last one heard of may be another.", "upstream")
	descRollout  = desc("rollout_state", "State of the running or last rollout: 1 for the present one, 0 for the others; all 0 before the first.", "upstream", "state")

	descEnded     = desc("rollouts_ended_total", "Rollouts, and guards of splits that nobody started one for, that have ended, by how.", "upstream", "kind", "state")
	descRetries   = desc("retries_total", "Further attempts of requests, by who makes them, retry or shield, and the outcome of the attempt before; after ok it was for the status.", "upstream", "by", "reason")
	descUnretried = desc("retries_refused_total", "Further attempts that were wanted and not made: the budget was spent, or no endpoint had room.", "upstream")

	descShare     = desc("split_share", "Share of new requests that the split gives to the version, 0 to 1.", "upstream", "version")
	descGuard     = desc("guard_state", "State of the guard that judges a version outside a rollout: 1 for the present one, 0 for the others.", "upstream", "version", "state")
	descAttempts  = desc("attempts_total", "Attempts that ended, retries included, by outcome.", "upstream", "version", "outcome")
	descShield    = desc("shield_attempts_total", "Failed first attempts of a judged version that were repeated on stable, by how that ended: ok or failed.", "upstream", "version", "outcome")
	descEvidence  = desc("evidence_log10", "Decimal logarithm of the e-value that the judged version is worse than stable.", "upstream", "version")
	descThreshold = desc("evidence_threshold_log10", "What weir_evidence_log10 has to reach for a revert.", "upstream", "version")
	descMirror    = desc("mirror_requests_total", "Requests of stable's that were chosen to be copied to the version, by what they came to: match, mismatch, failed, stable_failed, both_failed, unclear (stable does not answer alike twice), dropped, canceled.", "upstream", "version", "outcome")
	descFirstByte = desc("attempt_first_byte_seconds", "Time from the last byte of a request sent to an endpoint to the first byte of its answer.", "upstream", "version")

	descEndpointUp       = desc("endpoint_up", "Whether the endpoint is usable: 1 yes, 0 no.", "upstream", "version", "address")
	descEndpointInflight = desc("endpoint_inflight", "Attempts the endpoint is serving now.", "upstream", "version", "address")

	descEjections = desc("ejections_total", "How often its outcomes have taken the endpoint out.", "upstream", "version", "address")
	descProbes    = desc("probes_total", "Active checks of the endpoint that ended, by how: pass or fail.", "upstream", "version", "address", "outcome")

	descDecisions    = desc("flag_decisions_total", "Decisions of a flag for users' requests, each request's once, by the variant, empty for none, and why.", "flag", "variant", "reason")
	descFlagRequests = desc("flag_requests_total", "Users' requests to upstreams for which the flag was asked, by the variant that they got; empty for none.", "flag", "variant")
	descFlagErrors   = desc("flag_request_errors_total", "Those of weir_flag_requests_total that failed.", "flag", "variant")
	descFlagRollout  = desc("flag_rollout_state", "State of the flag's running or last rollout: 1 for the present one, 0 for the others; all 0 before the first.", "flag", "state")
	descFlagEnded    = desc("flag_rollouts_ended_total", "Rollouts of the flag that have ended, by how.", "flag", "state")
	descTokens       = desc("flag_tokens_total", "Requests of which a rule asked for a claim, by what their token was: valid, none, or what is wrong with it.", "result")

	descNotify        = desc("notifications_total", "Notifications that the target has taken, has not taken after all tries, or was never sent.", "target", "outcome")
	descNotifyWaiting = desc("notifications_waiting", "Notifications that the target has not taken yet.", "target")

	descNameOK        = desc("name_ok", "Whether the latest look-up of the name gave addresses: 1 yes, 0 no, and those known before may stay.", "upstream", "version", "name")
	descNameAddresses = desc("name_addresses", "Addresses that DNS gave at last for the name.", "upstream", "version", "name")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("weir_"+name, help, labels, nil)
}

// classNames are the values of the label code, by status class.
var classNames = [outcome.NumClasses]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// collector turns one reading per scrape into metrics. It keeps nothing: the
// counters live where they are counted.
type collector struct {
	read func() Metrics
}

func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descBuildInfo, descGeneration, descInflight, descConns, descPanics, descTunnels, descAnswered, descRejected, descLogLines, descLogDropped, descLogOK, descSpans, descUntraced,
		descStateOK, descAuditOK, descAuditLost, descTokensOK, descReloadOK, descReloadTime,
		descRequests, descErrors, descDuration, descRevision, descDrift, descQueue, descSessions, descUnkeyed, descHeldNow, descHeld, descSchema, descSchemaOK, descRollout,
		descEnded, descRetries, descUnretried, descShield, descEvidence, descThreshold, descEjections, descProbes,
		descShare, descGuard, descAttempts, descMirror, descFirstByte, descEndpointUp, descEndpointInflight, descNameOK, descNameAddresses, descCertificate,
		descNotify, descNotifyWaiting, descDecisions, descFlagRequests, descFlagErrors, descFlagRollout, descFlagEnded, descTokens,
	} {
		ch <- d
	}
}

func (c collector) Collect(ch chan<- prometheus.Metric) {
	m := c.read()
	s := sink{ch}
	s.gauge(descBuildInfo, 1, m.Version)
	s.gauge(descGeneration, float64(m.Generation))
	s.gauge(descInflight, float64(m.Inflight))
	for answer, n := range m.Answered {
		s.counter(descAnswered, n, answer)
	}
	s.gauge(descConns, float64(m.Connections))
	s.counter(descPanics, m.Panics)
	s.gauge(descTunnels, float64(m.Tunnels))
	for reason, n := range m.Rejected {
		s.counter(descRejected, n, reason)
	}
	s.counter(descLogLines, m.AccessLog.Lines)
	s.counter(descLogDropped, m.AccessLog.Dropped, "full")
	s.counter(descLogDropped, m.AccessLog.Lost, "write")
	s.gauge(descLogOK, oneIf(m.AccessLog.OK))
	if tr := m.Tracing; tr != nil {
		s.counter(descSpans, tr.Sent, "sent")
		s.counter(descSpans, tr.Failed, "failed")
		s.counter(descUntraced, tr.Dropped)
	}
	s.gauge(descStateOK, oneIf(m.StateOK))
	s.gauge(descReloadOK, oneIf(m.ReloadOK))
	s.gauge(descAuditOK, oneIf(m.AuditOK))
	s.counter(descAuditLost, m.AuditLost)
	s.gauge(descTokensOK, oneIf(m.TokensOK))
	if !m.ReloadAt.IsZero() {
		s.gauge(descReloadTime, float64(m.ReloadAt.UnixMilli())/1000)
	}
	for _, c := range m.Certificates {
		s.gauge(descCertificate, float64(c.NotAfter.Unix()), c.Listener, c.File)
	}
	for i := range m.Notify {
		n := &m.Notify[i]
		s.gauge(descNotifyWaiting, float64(n.Waiting), n.Name)
		s.counter(descNotify, n.Delivered, n.Name, "delivered")
		s.counter(descNotify, n.Failed, n.Name, "failed")
		s.counter(descNotify, n.Dropped, n.Name, "dropped")
	}
	for i := range m.Flags {
		s.flag(&m.Flags[i])
	}
	for result, n := range m.Tokens {
		s.counter(descTokens, n, result)
	}
	for i := range m.Upstreams {
		s.upstream(&m.Upstreams[i])
	}
}

func (s sink) flag(f *FlagMetrics) {
	for _, d := range f.Decisions {
		s.counter(descDecisions, d.Count, f.Key, d.Variant, d.Reason)
	}
	for _, a := range f.Arms {
		s.counter(descFlagRequests, a.Requests, f.Key, a.Variant)
		s.counter(descFlagErrors, a.Errors, f.Key, a.Variant)
	}
	if f.Ended == nil {
		return
	}
	s.states(descFlagRollout, f.Rollout, f.Key)
	for state, n := range f.Ended {
		s.counter(descFlagEnded, n, f.Key, state)
	}
}

// sink sends metrics with less to write at each place.
type sink struct {
	ch chan<- prometheus.Metric
}

func (s sink) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (s sink) counter(d *prometheus.Desc, value uint64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}

// states sends one series per state, so that a query for one state finds 0 when
// it is not, instead of nothing.
func (s sink) states(d *prometheus.Desc, now string, labels ...string) {
	for _, state := range api.RolloutStates {
		s.gauge(d, oneIf(state == now), append(labels[:len(labels):len(labels)], state)...)
	}
}

func (s sink) histogram(d *prometheus.Desc, h *outcome.Histogram, labels ...string) {
	s.ch <- histogramMetric{desc: d, labels: prometheus.MakeLabelPairs(d, labels), h: h}
}

func (s sink) upstream(u *UpstreamMetrics) {
	for class, n := range u.Users.Classes {
		s.counter(descRequests, n, u.Name, classNames[class])
	}
	s.counter(descErrors, u.Users.Errors, u.Name)
	s.histogram(descDuration, &u.Users.Duration, u.Name)
	s.gauge(descRevision, float64(u.Revision), u.Name)
	s.gauge(descDrift, oneIf(u.Drift), u.Name)
	if u.Queued != nil {
		s.gauge(descQueue, float64(*u.Queued), u.Name)
	}
	if u.Sessions != nil {
		s.gauge(descSessions, float64(*u.Sessions), u.Name)
	}
	if u.Unkeyed != nil {
		s.counter(descUnkeyed, *u.Unkeyed, u.Name)
	}
	if h := u.Held; h != nil {
		s.gauge(descHeldNow, float64(h.Waiting), u.Name)
		s.counter(descHeld, h.Released, u.Name, "released")
		s.counter(descHeld, h.Expired, u.Name, "expired")
		s.counter(descHeld, h.Refused, u.Name, "refused")
	}
	if c := u.Schema; c != nil {
		if c.Heard {
			s.gauge(descSchema, float64(c.Version), u.Name)
		}
		s.gauge(descSchemaOK, oneIf(c.Known), u.Name)
	}
	s.states(descRollout, u.Rollout, u.Name)
	for state, n := range u.Ended {
		s.counter(descEnded, n, u.Name, "rollout", state)
	}
	for state, n := range u.Judged {
		s.counter(descEnded, n, u.Name, "guard", state)
	}
	for kind := range outcome.Kind(outcome.NumKinds) {
		s.counter(descRetries, u.Retries[kind], u.Name, "retry", kind.String())
		s.counter(descRetries, u.Shielded[kind], u.Name, "shield", kind.String())
	}
	s.counter(descUnretried, u.Unretried, u.Name)
	for i := range u.Versions {
		s.version(u.Name, &u.Versions[i])
	}
}

func (s sink) version(upstream string, v *VersionMetrics) {
	s.gauge(descShare, v.Share, upstream, v.Name)
	if v.Guard != "" {
		s.states(descGuard, v.Guard, upstream, v.Name)
	}
	for kind := range outcome.Kind(outcome.NumKinds) {
		s.counter(descAttempts, v.Attempts.Attempts(kind), upstream, v.Name, kind.String())
	}
	if sh := v.Shield; sh != nil {
		s.counter(descShield, sh.OK, upstream, v.Name, "ok")
		s.counter(descShield, sh.Failed, upstream, v.Name, "failed")
	}
	if e := v.Evidence; e != nil {
		s.gauge(descEvidence, e.Combined, upstream, v.Name)
		s.gauge(descThreshold, e.Threshold, upstream, v.Name)
	}
	for outcome, n := range v.Mirrored {
		s.counter(descMirror, n, upstream, v.Name, outcome)
	}
	s.histogram(descFirstByte, &v.Attempts.Latency, upstream, v.Name)
	for _, e := range v.Endpoints {
		s.gauge(descEndpointUp, oneIf(e.Up), upstream, v.Name, e.Address)
		s.gauge(descEndpointInflight, float64(e.Inflight), upstream, v.Name, e.Address)
		s.counter(descEjections, e.Care.Ejections, upstream, v.Name, e.Address)
		if e.Checked {
			s.counter(descProbes, e.Care.Passed, upstream, v.Name, e.Address, "pass")
			s.counter(descProbes, e.Care.Failed, upstream, v.Name, e.Address, "fail")
		}
	}
	for _, n := range v.Names {
		s.gauge(descNameOK, oneIf(n.OK), upstream, v.Name, n.Name)
		s.gauge(descNameAddresses, float64(n.Addresses), upstream, v.Name, n.Name)
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// metricsHandler has a registry of its own: the global one may hold whatever some
// library registers.
func metricsHandler(read func() Metrics, logger zerolog.Logger) http.HandlerFunc {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collector{read},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorLog: log.New(logger, "metrics: ", 0)}).ServeHTTP
}
